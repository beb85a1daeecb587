import { expect, test } from 'vitest'
import { windowOf } from '#server/conversation/service-window.ts'

const at = new Date('2026-11-22T10:00:00Z')
const closesAt = new Date('2026-11-23T10:00:00Z')

test('nobody wrote: closed, and no time to name', () => {
  expect(windowOf(null, at.getTime())).toEqual({ open: false, closesAt: null })
})

test.each([
  [0, true],
  [86_399_999, true],
  [86_400_000, false],
  [200_000_000, false],
])('%i ms after the last inbound message it is open: %s', (after, open) => {
  expect(windowOf(at, at.getTime() + after)).toEqual({ open, closesAt })
})
