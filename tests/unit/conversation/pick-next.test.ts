import { expect, it } from 'vitest'
import { pickNext } from '#server/conversation/pick-next.ts'

const now = Date.UTC(2026, 10, 1, 12)
const message = (id: string, ageMs: number, nextInMs?: number) => ({
  id,
  sentAt: new Date(now - ageMs),
  nextAt: nextInMs === undefined ? null : new Date(now + nextInMs),
})

it('sends the oldest first', () => {
  expect(pickNext([message('a', 2000), message('b', 1000)], now)).toMatchObject({ send: { id: 'a' } })
})

it('lets a later message wait for an earlier one that will be tried again', () => {
  expect(pickNext([message('a', 2000, 4000), message('b', 1000)], now)).toEqual({ waitMs: 4000 })
})

it('tries the earlier one again when its time has come', () => {
  expect(pickNext([message('a', 2000, 0), message('b', 1000)], now)).toMatchObject({ send: { id: 'a' } })
})

it('lets later messages pass two minutes after the acceptance of the one that waits', () => {
  expect(pickNext([message('a', 120_000, 60_000), message('b', 1000)], now)).toMatchObject({
    send: { id: 'b' },
  })
})

it('wakes up when the patience ends, if that is before the next try', () => {
  expect(pickNext([message('a', 110_000, 60_000), message('b', 1000)], now)).toEqual({ waitMs: 10_000 })
})

it('waits for the soonest of several that are overdue', () => {
  expect(pickNext([message('a', 130_000, 60_000), message('b', 125_000, 20_000)], now)).toEqual({
    waitMs: 20_000,
  })
})

it('has nothing to do without messages', () => {
  expect(pickNext([], now)).toBeNull()
})
