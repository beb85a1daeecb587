import { expect, test } from 'vitest'
import { parseSince } from '#server/delivery/parse-since.ts'

const now = Date.parse('2026-11-22T10:00:00Z')

test.each([
  ['7d', '2026-11-15T10:00:00.000Z'],
  ['12h', '2026-11-21T22:00:00.000Z'],
  ['30m', '2026-11-22T09:30:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T08:00:00+02:00', '2026-11-20T06:00:00.000Z'],
])('%s is %s', (value, expected) => {
  expect(parseSince(value, now)?.toISOString()).toBe(expected)
})

test.each([undefined, '', 'yesterday', '7', '7w', '-1d', '2026-13-45', '1e3d'])('%s is no time', (value) => {
  expect(parseSince(value, now)).toBeUndefined()
})
