import type { Pending } from '../composer/outbox.ts'
import type { Message } from '../contract.ts'
import type { ThreadItem } from './group-messages.ts'

/** Local rows the thread knows by the client id, so that a row stays the same row when its message arrives. */
export type RowKeys = Map<string, string>

/**
 * The loaded messages followed by what is still on its way. While an answer is outstanding, the live stream may bring
 * the same message first: then it takes the place of the pending one instead of standing beside it.
 */
export function mergePending(
  items: readonly Message[],
  pending: readonly Pending[],
  keys: RowKeys,
  myId: string,
): ThreadItem[] {
  const loaded = new Set(items.map((item) => item.id))
  const claimed = new Set(keys.values())
  const waiting = pending.filter((entry) => {
    if (entry.messageId !== null) {
      for (const [id, key] of keys) if (key === entry.clientId && id !== entry.messageId) keys.delete(id)
      keys.set(entry.messageId, entry.clientId)
      return !loaded.has(entry.messageId)
    }
    if (entry.state !== 'posting') return true
    const arrived = items.find((item) => !keys.has(item.id) && isSame(item, entry, myId))
    if (!arrived || claimed.has(entry.clientId)) return !claimed.has(entry.clientId)
    keys.set(arrived.id, entry.clientId)
    return false
  })
  return [
    ...items.map((message) => ({ key: keys.get(message.id) ?? message.id, message })),
    ...waiting.map((entry) => ({ key: entry.clientId, message: asMessage(entry, myId) })),
  ]
}

const isSame = (message: Message, entry: Pending, myId: string) =>
  message.direction === 'out' &&
  message.author.kind === 'user' &&
  message.author.id === myId &&
  message.text === entry.text &&
  message.replyToId === entry.replyToId &&
  message.sentAt >= new Date(Date.parse(entry.createdAt) - 60_000).toISOString()

const asMessage = (entry: Pending, myId: string): Message => ({
  id: entry.messageId ?? entry.clientId,
  rev: 0,
  direction: 'out',
  kind: 'text',
  text: entry.text,
  status: entry.state === 'refused' ? 'failed' : 'queued',
  error: entry.reason === null ? null : { code: entry.reason, message: entry.reason },
  author: { kind: 'user', id: myId, name: null },
  sentAt: entry.createdAt,
  providerId: null,
  replyToId: entry.replyToId,
  media: null,
  retry: null,
  waiting: false,
})
