// The portal's side of the frame protocol, as its own app layout script speaks it: text messages only,
// silence for whatever is unknown, denied, from a wrong origin or with a wrong SID.
;(() => {
  const frames = new Map()
  const openPathRule =
    /^\/(crm\/(deal|lead|contact|company)|crm\/type\/\d+\/details\/\d+|marketplace|company\/personal\/user\/\d+|workgroups\/group\/\d+)\//
  const reloadDataSpots = /^CRM_(LEAD|DEAL|CONTACT|COMPANY)_(DETAIL_TAB|DETAIL_ACTIVITY|LIST_MENU)$/

  const post = async (path, body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return response.json()
  }

  const reply = (frame, callback, result) => {
    if (!callback) return
    const text = `${callback}:${result === undefined ? '' : JSON.stringify(result)}`
    frame.iframe.contentWindow?.postMessage(text, frame.origin)
  }

  /** Posts the form of one placement into a new frame inside `place`. */
  const mount = async (place, request, slider) => {
    const opened = await post('/_frame/open', request)
    const name = `${location.host}|${location.protocol === 'https:' ? 1 : 0}|${opened.sid}`
    const iframe = document.createElement('iframe')
    Object.assign(iframe, { id: `appframe_${opened.sid}`, name, title: opened.title })
    iframe.allow = 'geolocation *; microphone *; camera *; autoplay *'
    const layout = document.createElement('div')
    Object.assign(layout, { id: `appframe_layout_${opened.sid}`, className: 'app-frame-layout' })
    layout.append(iframe)
    place.replaceChildren(layout)
    const origin = new URL(opened.action).origin
    frames.set(opened.sid, { ...opened, iframe, origin, slider, placement: opened.placement })
    submit(opened, name)
    return opened.sid
  }

  const submit = (opened, target) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'POST', action: opened.action, target, hidden: true })
    form.setAttribute('name', `appform_${opened.sid}`)
    for (const [name, value] of Object.entries(opened.fields)) {
      const input = document.createElement('input')
      Object.assign(input, { type: 'hidden', name, value })
      form.append(input)
    }
    document.body.append(form)
    form.submit()
    form.remove()
  }

  /** A panel over the page; `fill` puts the content in; resolves when it is closed. */
  const openSlider = (title, width, fill) =>
    new Promise((resolve) => {
      const panel = document.createElement('dialog')
      panel.className = 'slider'
      if (width) panel.style.setProperty('--slider-width', `${width}px`)
      panel.innerHTML =
        '<header><h2></h2><button type="button" class="close">Close</button></header><div class="slider-body"></div>'
      panel.querySelector('h2').textContent = title
      document.body.append(panel)
      const close = () => {
        for (const [sid, frame] of frames) if (panel.contains(frame.iframe)) frames.delete(sid)
        panel.remove()
        resolve()
      }
      panel.querySelector('.close').addEventListener('click', close)
      panel.addEventListener('cancel', close)
      panel.showModal()
      fill(panel.querySelector('.slider-body'), close)
    })

  const openApp = (clientId, options, settings = {}) =>
    openSlider(settings.title || 'Application', settings.width, (place, close) =>
      mount(place, { clientId, placement: settings.placement || 'DEFAULT', options }, { close }),
    )

  const openPath = (path, code) => {
    const url = new URL(path, location.origin)
    for (const [key, value] of [
      ['IFRAME', 'Y'],
      ['IFRAME_TYPE', 'SIDE_SLIDER'],
      ['from', 'rest_placement'],
      ['from_app', code],
    ]) {
      url.searchParams.set(key, value)
    }
    return openSlider('', 0, (place) => {
      const iframe = document.createElement('iframe')
      Object.assign(iframe, { src: url.href, title: 'Page' })
      place.append(iframe)
    })
  }

  const commands = {
    async getInitData(frame) {
      return { send: await post('/_frame/init', { sid: frame.sid }) }
    },
    async refreshAuth(frame) {
      try {
        return { send: await post('/_frame/refresh', { sid: frame.sid }) }
      } catch {
        alert('Unable to get new token! Reload page, please!')
        return {}
      }
    },
    setInstall: (_, params) => ({ send: params }),
    async setInstallFinish(frame, params) {
      const value = params && params.value === false ? 'N' : 'Y'
      await post('/_frame/install', { sid: frame.sid, value })
      const url = new URL(location.href)
      url.searchParams.set('install_finished', value)
      location.assign(url)
      return {}
    },
    async setUserOption(frame, params) {
      await post('/_frame/option', { sid: frame.sid, of: 'user', ...params })
      return { send: params }
    },
    async setAppOption(frame, params) {
      const { saved } = await post('/_frame/option', { sid: frame.sid, of: 'app', ...params })
      return saved ? { send: params } : {}
    },
    resizeWindow(frame, params) {
      if (frame.slider || !params) return {}
      const size = (value) => (/^\d+$/.test(String(value)) ? `${value}px` : String(value))
      const width = size(params.width)
      frame.iframe.style.width =
        Number.parseInt(width) > frame.iframe.parentElement.clientWidth ? '100%' : width
      frame.iframe.style.height = size(params.height)
      return { send: { width: params.width, height: params.height } }
    },
    setTitle(frame, params) {
      if (frame.placement !== 'DEFAULT') return {}
      const panel = frame.iframe.closest('dialog')
      const title = (panel || document).querySelector(panel ? 'h2' : '#pagetitle')
      if (title) title.textContent = params.title
      return { send: params }
    },
    setScroll(frame, params) {
      if (frame.placement !== 'DEFAULT') return {}
      scrollTo(0, params.scroll)
      return { send: params }
    },
    reloadWindow(frame) {
      if (frame.placement === 'DEFAULT') location.reload()
      return {}
    },
    async openApplication(frame, params) {
      const entries = Object.entries(params || {})
      const options = Object.fromEntries(entries.filter(([key]) => !key.startsWith('bx24_')))
      const { bx24_title: title, bx24_width: width } = params || {}
      await openApp(frame.clientId, options, { title, width })
      return { send: undefined, answered: true }
    },
    closeApplication(frame) {
      if (!frame.slider) return {}
      frame.slider.close()
      return { send: undefined, answered: true }
    },
    async openPath(frame, params) {
      const path = String((params && params.path) || '')
      if (!openPathRule.test(path)) return { send: { result: 'error', errorCode: 'PATH_NOT_AVAILABLE' } }
      await openPath(path, frame.code)
      return { send: { result: 'close' } }
    },
    getInterface: (frame) => ({
      send: { command: reloadDataSpots.test(frame.placement) ? ['reloadData'] : [], event: [] },
    }),
    reloadData(frame) {
      if (!reloadDataSpots.test(frame.placement)) return {}
      dispatchEvent(new Event('portal:reload'))
      return { send: undefined, answered: true }
    },
    // No event exists in these placements: an unknown one is met with silence.
    placementBindEvent: () => ({}),
  }

  const read = (data) => {
    if (typeof data !== 'string') return undefined
    const parts = data.split(':')
    if (parts.length < 2) return undefined
    const [method, sid, callback] = [parts[0], parts.at(-1), parts.length > 2 ? parts.at(-2) : '']
    const text = parts.slice(1, -2).join(':')
    try {
      return { method, sid, callback, params: text ? JSON.parse(text) : null }
    } catch {
      return undefined
    }
  }

  addEventListener('message', async (event) => {
    const message = read(event.data)
    const frame = message && frames.get(message.sid)
    if (!frame || event.origin !== frame.origin || !Object.hasOwn(commands, message.method)) return
    const outcome = await commands[message.method](frame, message.params)
    if (outcome.send !== undefined || outcome.answered) reply(frame, message.callback, outcome.send)
  })

  globalThis.PortalFrames = { mount, openApp, openPath }
})()
