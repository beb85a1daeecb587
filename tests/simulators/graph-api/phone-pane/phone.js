import { bodyOf, day, drawThread, time } from './thread.js'

const byId = (id) => document.getElementById(id)
const ui = Object.fromEntries(
  [
    'customer',
    'number',
    'window',
    'thread',
    'problem',
    'composer',
    'quote',
    'quoted',
    'unquote',
    'kind',
    'text',
    'auto-read',
    'read-now',
    'new-customer',
    'mode',
    'paused',
    'duplicate',
    'shuffle',
    'repeat',
    'close-window',
    'fail-500',
    'fail-lost',
    'facts',
  ].map((id) => [id, byId(id)]),
)

const SELECTED = 'phone-pane'

let quoting = null
let chosen = readChoice()

function readChoice() {
  const query = new URLSearchParams(location.search)
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem(SELECTED) ?? '{}')
  } catch {
    // A blocked or broken store only costs the last choice.
  }
  return { customer: query.get('customer') ?? kept.customer, number: query.get('number') ?? kept.number }
}

function keepChoice() {
  try {
    localStorage.setItem(SELECTED, JSON.stringify(chosen))
  } catch {
    // See readChoice.
  }
}

function complain(text) {
  ui.problem.textContent = text
  ui.problem.hidden = text === ''
}

async function get(path) {
  const response = await fetch(`/_control/${path}`)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

async function post(path, body = {}) {
  const response = await fetch(`/_control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  complain(response.ok ? '' : answer.error)
  return response.ok ? answer : null
}

function fillSelect(select, options, wanted) {
  const signature = JSON.stringify(options)
  if (select.dataset.options !== signature) {
    select.dataset.options = signature
    select.replaceChildren(...options.map(([value, label]) => new Option(label, value)))
  }
  const value = options.some(([option]) => option === wanted) ? wanted : (options[0]?.[0] ?? '')
  select.value = value
  return value
}

function quote(message) {
  quoting = message?.id ?? null
  ui.quote.hidden = quoting === null
  ui.quoted.textContent = message ? bodyOf(message) : ''
  if (message) ui.text.focus()
}

function drawState(state) {
  const customers = state.customers.map((c) => [
    c.key,
    [c.name, c.phone && `+${c.phone}`].filter(Boolean).join(' ') || c.key,
  ])
  const numbers = state.numbers.map((n) => [n.phoneNumberId, `${n.verifiedName} ${n.displayPhoneNumber}`])
  chosen.customer = fillSelect(ui.customer, customers, chosen.customer)
  chosen.number = fillSelect(ui.number, numbers, chosen.number)
  ui.mode.value = state.statuses.mode
  for (const name of ['paused', 'duplicate', 'shuffle']) ui[name].checked = state.deliveries[name]
  const number = state.numbers.find((n) => n.phoneNumberId === chosen.number)
  ui.facts.textContent = `${state.pendingWebhooks} webhooks waiting, ${state.sends} sends, ${state.faults.length} faults ordered`
  return number?.subscribed ?? false
}

function drawWindow(thread, subscribed) {
  const closes = thread.window.closesAt
  const open = thread.window.open
    ? `The business may answer until ${day(closes)}, ${time(closes)}.`
    : 'The business may not write freely: 24 h are over.'
  ui.window.textContent = subscribed
    ? open
    : 'This number is not connected yet: nobody receives what you write.'
}

let running = false
let again = false
async function refresh() {
  if (running) {
    again = true
    return
  }
  running = true
  try {
    do {
      again = false
      const subscribed = drawState(await get('state'))
      if (!chosen.customer || !chosen.number) continue
      const target = new URLSearchParams({ customer: chosen.customer, number: chosen.number })
      const thread = await get(`thread?${target}`)
      drawThread(ui.thread, thread.messages, quote)
      drawWindow(thread, subscribed)
      const unread = thread.messages.some((m) => m.from === 'business' && m.status === 'delivered')
      if (unread && ui['auto-read'].checked && document.visibilityState === 'visible') readSoon()
    } while (again)
    if (ui.problem.dataset.offline) complain('')
    delete ui.problem.dataset.offline
  } catch {
    ui.problem.dataset.offline = '1'
    complain('The simulator does not answer; trying again.')
  } finally {
    running = false
  }
}

const read = () => post('read', { customer: chosen.customer, to: chosen.number })

// A message is looked at a moment after it arrived, as people do; until then it is delivered.
const LOOK_MS = 1000
let looking
function readSoon() {
  const shown = chosen
  looking ??= setTimeout(() => {
    looking = undefined
    if (document.visibilityState !== 'visible' || !ui['auto-read'].checked) return
    if (shown === chosen) read()
    else refresh()
  }, LOOK_MS)
}

async function write() {
  const text = ui.text.value.trim()
  const kind = ui.kind.value
  if (text === '' && kind === 'text') return
  const message = {
    customer: chosen.customer,
    to: chosen.number,
    kind,
    ...(text && kind !== 'unsupported' && { text }),
  }
  ui.text.value = ''
  const answer = await post('write', quoting ? { ...message, replyTo: quoting } : message)
  if (answer === null) ui.text.value = text
  ui.kind.value = 'text'
  quote(null)
  ui.text.focus()
}

function choose() {
  chosen = { customer: ui.customer.value, number: ui.number.value }
  keepChoice()
  quote(null)
  refresh()
}

ui.customer.addEventListener('change', choose)
ui.number.addEventListener('change', choose)
ui.composer.addEventListener('submit', (event) => {
  event.preventDefault()
  write()
})
ui.text.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') quote(null)
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  write()
})
ui.unquote.addEventListener('click', () => quote(null))
ui['read-now'].addEventListener('click', read)
ui['auto-read'].addEventListener('change', refresh)
ui['new-customer'].addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = event.target
  const entries = [...new FormData(form)].filter(([name, value]) => name !== 'phoneHidden' && value !== '')
  const answer = await post('customers', {
    ...Object.fromEntries(entries),
    ...(form.phoneHidden.checked && { phoneHidden: true }),
  })
  if (answer === null) return
  form.reset()
  chosen.customer = answer.key
  keepChoice()
  refresh()
})
ui.mode.addEventListener('change', () => post('statuses', { mode: ui.mode.value }))
for (const name of ['paused', 'duplicate', 'shuffle']) {
  ui[name].addEventListener('change', () => post('deliveries', { [name]: ui[name].checked }))
}
ui.repeat.addEventListener('click', () => post('repeat-last'))
ui['close-window'].addEventListener('click', () =>
  post('close-window', { number: chosen.number, customer: chosen.customer }),
)
ui['fail-500'].addEventListener('click', () => post('fail-next', { route: 'messages', as: '500' }))
ui['fail-lost'].addEventListener('click', () => post('fail-next', { route: 'messages', as: 'reset-after' }))
document.addEventListener('visibilitychange', refresh)

const events = new EventSource('/_control/events')
events.onmessage = refresh
events.onerror = refresh
setInterval(refresh, 20_000)
refresh()
