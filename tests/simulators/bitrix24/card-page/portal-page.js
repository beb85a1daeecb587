// Tabs, switchers, the live timeline and the buttons of activities on the portal's own pages.
;(() => {
  const setCookie = (name, value) => {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`
    location.reload()
  }
  document
    .querySelector('#user')
    ?.addEventListener('change', (event) => setCookie('portal_user', event.target.value))
  document
    .querySelector('#lang')
    ?.addEventListener('change', (event) => setCookie('portal_lang', event.target.value))

  const show = (tab) => {
    for (const each of document.querySelectorAll('[role=tab]')) {
      const isOpen = each === tab
      each.setAttribute('aria-selected', String(isOpen))
      document.getElementById(each.getAttribute('aria-controls')).hidden = !isOpen
    }
    const panel = document.getElementById(tab.getAttribute('aria-controls'))
    if (!tab.dataset.request || panel.dataset.opened) return
    panel.dataset.opened = 'yes'
    void PortalFrames.mount(panel, JSON.parse(tab.dataset.request))
  }
  for (const tab of document.querySelectorAll('[role=tab]')) tab.addEventListener('click', () => show(tab))
  const active = document.querySelector('[role=tab][data-active]')
  if (active) show(active)

  const page = document.querySelector('[data-frame]')
  if (page) void PortalFrames.mount(page, JSON.parse(page.dataset.frame))

  const timeline = document.querySelector('#timeline')
  const refresh = async () => {
    if (!timeline || document.hidden) return
    const query = new URLSearchParams({
      type: timeline.dataset.type,
      id: timeline.dataset.id,
      seen: timeline.dataset.revision,
    })
    const response = await fetch(`/_portal/timeline?${query}`).catch(() => undefined)
    if (!response?.ok || response.status === 204) return
    const { revision, html, counter } = await response.json()
    timeline.dataset.revision = revision
    timeline.innerHTML = html
    const badge = document.querySelector('#counter')
    if (badge) Object.assign(badge, { textContent: counter || '', hidden: !counter })
  }
  if (timeline) setInterval(refresh, 1000)
  addEventListener('portal:reload', () => {
    if (timeline) timeline.dataset.revision = ''
    void refresh()
  })

  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-open-app]')
    if (!link) return
    event.preventDefault()
    const { clientId, options, settings } = JSON.parse(link.dataset.openApp)
    void PortalFrames.openApp(clientId, options, settings)
  })

  for (const form of document.querySelectorAll('form[data-control]')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      const body = Object.fromEntries(new FormData(form))
      const headers = { 'content-type': 'application/json' }
      await fetch(`/_control/${form.dataset.control}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      location.reload()
    })
  }
})()
