const KIND_NAMES = {
  image: 'Photo',
  video: 'Video',
  audio: 'Voice note',
  document: 'Document',
  sticker: 'Sticker',
  location: 'Location',
  contacts: 'Contact',
  interactive: 'Answer',
  button: 'Button',
  reaction: 'Reaction',
  order: 'Order',
  unsupported: 'Poll',
  edit: 'Edited a message',
  revoke: 'Deleted a message',
  template: 'Template',
}
const STATUS_NAMES = { pending: 'Sending', sent: 'Sending', delivered: 'Delivered', read: 'Read' }

const drawn = new Map()

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

export const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
export const day = (at) =>
  new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' })

/** What a message says, in one line or more. */
export function bodyOf(message) {
  if (message.removed) return 'This message was deleted'
  if (message.kind === 'text') return message.text
  return [KIND_NAMES[message.kind] ?? message.kind, message.text].filter(Boolean).join(': ')
}

function bubble(message, all, quote) {
  const mine = message.from === 'customer'
  const node = element('article', mine ? 'message mine' : 'message')
  const status = mine ? STATUS_NAMES[message.status] : ''
  node.setAttribute(
    'aria-label',
    `${mine ? 'You' : 'Business'}, ${time(message.at)}${status ? `, ${status}` : ''}`,
  )
  const cited = message.replyTo && all.find((other) => other.id === message.replyTo)
  if (cited) node.append(element('p', 'cited', bodyOf(cited)))
  node.append(element('p', '', bodyOf(message)))
  const footer = element('footer')
  if (message.edited) footer.append(element('span', '', 'edited'))
  const reply = element('button', '', 'Reply')
  reply.type = 'button'
  reply.addEventListener('click', () => quote(message))
  footer.append(reply, element('time', '', time(message.at)))
  if (status) footer.append(element('span', '', status))
  node.append(footer)
  return node
}

/** Only what changed is touched, so that a screen reader hears new messages and nothing else. */
export function drawThread(log, messages, quote) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60
  const wanted = []
  let lastDay = ''
  for (const message of messages) {
    const today = day(message.at)
    if (today !== lastDay) wanted.push([`day ${today}`, today, () => element('p', 'day', today)])
    lastDay = today
    wanted.push([message.id, JSON.stringify(message), () => bubble(message, messages, quote)])
  }
  if (wanted.length === 0)
    wanted.push(['empty', '', () => element('p', 'empty', 'No messages yet. Write the first one.')])
  const keys = new Set(wanted.map(([key]) => key))
  for (const [key, entry] of drawn) {
    if (keys.has(key)) continue
    entry.node.remove()
    drawn.delete(key)
  }
  wanted.forEach(([key, signature, make], index) => {
    const entry = drawn.get(key)
    if (entry?.signature === signature && log.children[index] === entry.node) return
    const node = entry?.signature === signature ? entry.node : make()
    entry?.node !== node && entry?.node.remove()
    log.insertBefore(node, log.children[index] ?? null)
    drawn.set(key, { signature, node })
  })
  if (atEnd) log.scrollTop = log.scrollHeight
}
