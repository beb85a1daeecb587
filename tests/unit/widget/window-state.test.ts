import { expect, test } from 'vitest'
import { windowState } from '../../../widget/src/conversation/window-state.ts'

const now = Date.parse('2026-11-20T10:00:00Z')
const until = (closesAt: string) => windowState({ open: true, closesAt }, now)

test('an open window counts hours and minutes down', () => {
  expect(until('2026-11-21T07:14:00Z')).toEqual({ state: 'open', hours: 21, minutes: 14 })
  expect(until('2026-11-20T11:00:00Z')).toEqual({ state: 'open', hours: 1, minutes: 0 })
})

test('under an hour it says so, and the last minute is still a minute', () => {
  expect(until('2026-11-20T10:59:00Z')).toEqual({ state: 'soon', minutes: 59 })
  expect(until('2026-11-20T10:00:01Z')).toEqual({ state: 'soon', minutes: 1 })
})

test('a window that ran out while the card was open is closed without asking', () => {
  expect(until('2026-11-20T10:00:00Z')).toEqual({ state: 'closed', hours: 0 })
  expect(until('2026-11-19T08:00:00Z')).toEqual({ state: 'closed', hours: 26 })
})

test('a window that never opened is closed since nowhen', () => {
  expect(windowState({ open: false, closesAt: null }, now)).toEqual({ state: 'closed', hours: null })
})

test('a window never promises more than its day, whatever the clocks say', () => {
  expect(until('2026-11-21T10:01:40Z')).toEqual({ state: 'open', hours: 24, minutes: 0 })
})
