import { expect, test } from 'vitest'
import { AppError } from '#server/errors.ts'
import { createRateLimit } from '#server/http/guards/rate-limit.ts'

test('the window slides: what is a minute old makes room, one by one', () => {
  const allow = createRateLimit(3)
  for (const at of [0, 10_000, 20_000]) allow('user', at)
  expect(() => allow('user', 59_999)).toThrow(AppError)
  allow('user', 60_000)
  expect(() => allow('user', 69_999)).toThrow(AppError)
  allow('user', 70_000)
})

test('a refusal says when to come again, and is not counted', () => {
  const allow = createRateLimit(1)
  allow('user', 1000)
  for (const at of [2000, 3000]) {
    expect(() => allow('user', at)).toThrow(
      expect.objectContaining({ code: 'rate_limited', retry: { afterMs: 61_000 - at } }),
    )
  }
  allow('user', 61_000)
})

test('users do not count for each other, and idle ones are forgotten', () => {
  const allow = createRateLimit(1)
  for (let user = 0; user < 1000; user++) allow(String(user), 1000)
  allow('0', 200_000)
  expect(() => allow('0', 200_001)).toThrow(AppError)
  allow('1', 200_001)
})
