import { expect, it } from 'vitest'
import { toChange, toMessage, type MessageRow } from '#server/conversation/to-message.ts'
import { Message } from '#server/contract.ts'

const now = Date.UTC(2026, 10, 1, 12)
const around = { now, lastInboundAt: new Date(now - 1000) }
const row: MessageRow = {
  id: '019a2b3c-0000-7000-8000-0123456789ab',
  rev: '7',
  direction: 'out',
  kind: 'text',
  text: 'Hello',
  status: 'failed',
  errorCode: '131026',
  authorKind: 'user',
  authorId: '5',
  authorName: 'Ana',
  sentAt: '2026-11-01 11:59:00+00',
  orderId: '019a2b3c-0000-7000-8000-0123456789ab',
  position: 0,
  providerId: null,
  replyToId: null,
  triedAt: new Date(now - 50_000),
  behindAt: null,
}

it('words a failure and keeps to the shape of the contract', () => {
  const message = toMessage(row, around)
  expect(Message.parse(message)).toEqual(message)
  expect(message.error).toEqual({ code: 'no_whatsapp', message: 'This number is not on WhatsApp.' })
  expect(message.retry).toBeNull()
})

it('shows no error and no retry once the message was sent', () => {
  expect(toMessage({ ...row, status: 'sent', errorCode: null }, around)).toMatchObject({
    error: null,
    retry: null,
  })
})

it('never offers a retry for what the customer wrote', () => {
  expect(toMessage({ ...row, direction: 'in', status: 'received' }, around).retry).toBeNull()
})

it('says that a message waits for two minutes after the one before it was accepted', () => {
  const waits = (behindAt: Date | null) => toMessage({ ...row, status: 'queued', behindAt }, around).waiting
  expect([waits(null), waits(new Date(now - 119_999)), waits(new Date(now - 120_000))]).toEqual([
    false,
    true,
    false,
  ])
})

it('shows a removed message by id and revision only', () => {
  expect(toChange({ ...row, removed: true }, around)).toEqual({ id: row.id, rev: 7, removed: true })
})
