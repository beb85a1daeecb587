import { expect, test } from 'vitest'
import { planSpans, SILENCE_MS } from '#server/crm/plan-spans.ts'

const HOUR = 3_600_000
const ids = () => {
  let count = 0
  return () => `new${++count}`
}
const spans = (...pairs: [from: number, to: number][]) =>
  pairs.map(([from, to], index) => ({ id: `s${index + 1}`, from: from * HOUR, to: to * HOUR }))
const plan = (known: ReturnType<typeof spans>, ...hours: number[]) =>
  planSpans(
    known,
    hours.map((hour) => hour * HOUR),
    ids(),
  ).map(({ id, from, to }) => [id, from / HOUR, to / HOUR])

test('the first message opens the first span, the next ones stretch it', () => {
  expect(plan([], 0, 1, 20, 43)).toEqual([['new1', 0, 43]])
})

test('the first message after a day of silence opens the next one', () => {
  expect(plan([], 0, 25, 26, 60)).toEqual([
    ['new1', 0, 0],
    ['new2', 25, 26],
    ['new3', 60, 60],
  ])
  expect(SILENCE_MS).toBe(24 * HOUR)
})

test('a late message joins the span it falls in', () => {
  expect(plan(spans([0, 10], [40, 50]), 5)).toEqual([
    ['s1', 0, 10],
    ['s2', 40, 50],
  ])
})

test.each([
  ['nearer to the earlier one', 18, [0, 18], [40, 50]],
  ['nearer to the later one', 35, [0, 10], [35, 50]],
])('one between two spans, %s, joins the nearest', (_, at, first, second) => {
  expect(plan(spans([0, 10], [40, 50]), at)).toEqual([
    ['s1', ...first],
    ['s2', ...second],
  ])
})

test('one from before the first span joins the first, however old', () => {
  expect(plan(spans([200, 210]), 0)).toEqual([['s1', 0, 210]])
})

test('spans never merge, whatever comes between them', () => {
  const between = Array.from({ length: 29 }, (_, index) => 11 + index)
  const planned = plan(spans([0, 10], [40, 50]), ...between)
  expect(planned.map(([id]) => id)).toEqual(['s1', 's2'])
  const [first, second] = planned
  expect(Number(first?.[2])).toBeLessThan(Number(second?.[1]))
})

test('planning the same messages again changes nothing', () => {
  const once = planSpans([], [0, 30 * HOUR, 31 * HOUR], ids())
  expect(planSpans(once, [0, 30 * HOUR, 31 * HOUR], ids())).toEqual(once)
})

test('what is known is not changed in place', () => {
  const known = spans([0, 10])
  plan(known, 12)
  expect(known).toEqual(spans([0, 10]))
})
