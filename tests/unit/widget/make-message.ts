import type { Message } from '#server/contract.ts'

let count = 0

/** A message with the fields a test names; everything else is plain inbound text. */
export function makeMessage(fields: Partial<Message> = {}): Message {
  count += 1
  return {
    id: `m${count}`,
    rev: count,
    direction: 'in',
    kind: 'text',
    text: `text ${count}`,
    status: 'received',
    error: null,
    author: { kind: 'customer', id: 'p1', name: 'Elena' },
    sentAt: '2026-11-20T10:00:00.000Z',
    providerId: null,
    replyToId: null,
    media: null,
    retry: null,
    waiting: false,
    ...fields,
  }
}
