import { expect, test } from 'vitest'
import { newId } from '#server/ids.ts'

const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

test('ids of one millisecond sort in the order they were made, also when there are more than it can count', () => {
  const now = Date.parse('2030-01-01T00:00:00Z')
  const ids = Array.from({ length: 10_000 }, () => newId(now))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
  expect(
    ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true)
  expect(timeOf(ids[0] ?? '')).toBe(now)
  expect(timeOf(ids.at(-1) ?? '') - now).toBeLessThanOrEqual(3)
})

test('a clock that goes on, or stands far back, is followed', () => {
  const now = Date.parse('2031-01-01T00:00:00Z')
  expect([now, now + 1, now + 50, now - 60_000].map((at) => timeOf(newId(at)))).toEqual([
    now,
    now + 1,
    now + 50,
    now - 60_000,
  ])
})
