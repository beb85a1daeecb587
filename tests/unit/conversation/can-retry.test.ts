import { expect, it } from 'vitest'
import { canRetry } from '#server/conversation/can-retry.ts'

const now = Date.UTC(2026, 10, 1, 12)
const MINUTE = 60_000
const facts = {
  status: 'failed',
  errorCode: '131016',
  triedAt: now - MINUTE,
  inboundAt: now - 5 * MINUTE,
  now,
}

it('offers another attempt when the reason can pass', () => {
  expect(canRetry(facts)).toBe('allowed')
  expect(canRetry({ ...facts, errorCode: 'temporary' })).toBe('allowed')
  expect(canRetry({ ...facts, errorCode: '131042' })).toBe('allowed')
})

it('offers none when it would fail again', () => {
  expect(canRetry({ ...facts, errorCode: '131026' })).toBeNull()
  expect(canRetry({ ...facts, errorCode: '100' })).toBeNull()
})

it('offers one after a closed window once the customer wrote again', () => {
  expect(canRetry({ ...facts, errorCode: '131047' })).toBeNull()
  expect(canRetry({ ...facts, errorCode: '131047', inboundAt: now - 10 })).toBe('allowed')
})

it('offers one a day after WhatsApp held a message back for the health of its ecosystem', () => {
  expect(canRetry({ ...facts, errorCode: '131049' })).toBeNull()
  expect(canRetry({ ...facts, errorCode: '131049', triedAt: now - 24 * 60 * MINUTE })).toBe('allowed')
})

it('offers to send an unconfirmed message again only after 15 minutes', () => {
  expect(canRetry({ ...facts, status: 'unconfirmed', triedAt: now - 15 * MINUTE + 1 })).toBeNull()
  expect(canRetry({ ...facts, status: 'unconfirmed', triedAt: now - 15 * MINUTE })).toBe('may-duplicate')
})

it.each(['queued', 'sending', 'sent', 'delivered', 'read', 'received'])('offers nothing for %s', (status) => {
  expect(canRetry({ ...facts, status })).toBeNull()
})
