import { expect, it } from 'vitest'
import type { Deps } from '#server/deps.ts'
import { noteRefused, takeTurn, wasRefused } from '#server/whatsapp/pace.ts'

const deps = () => ({}) as Partial<Deps> as Deps

it('lets a burst through and then 80 a second', () => {
  const one = deps()
  const waits = Array.from({ length: 200 }, () => takeTurn(one, '42', 1000))
  expect(waits.slice(0, 40)).toEqual(Array(40).fill(0))
  expect(waits.at(-1)).toBeCloseTo((199 - 40) * 12.5)
})

it('counts every number by itself', () => {
  const one = deps()
  for (let i = 0; i < 100; i++) takeTurn(one, '42', 1000)
  expect(takeTurn(one, '43', 1000)).toBe(0)
})

it('owes nothing after a rest', () => {
  const one = deps()
  for (let i = 0; i < 100; i++) takeTurn(one, '42', 1000)
  expect(takeTurn(one, '42', 10_000)).toBe(0)
})

it('remembers which token was refused, and that a new one was not', () => {
  const one = deps()
  noteRefused(one, '42', Uint8Array.of(1, 2, 3))
  expect(wasRefused(one, '42', Uint8Array.of(1, 2, 3))).toBe(true)
  expect(wasRefused(one, '42', Uint8Array.of(1, 2, 4))).toBe(false)
  expect(wasRefused(one, '43', Uint8Array.of(1, 2, 3))).toBe(false)
})
