import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../support/conversation-world.ts'

// A bad minute at Meta: refusals, lost connections and broken servers in random order.
let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const SEED = 20_261_122
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
const FAULTS = [
  { status: 400, code: 130429 },
  { status: 400, code: 131056 },
  { status: 500, code: 131016 },
  { status: 503, code: 2, isTransient: true },
  'reset-after',
  'reset-before',
  '500',
] as const

test(`no message is sent twice, none is lost and none overtakes in a storm (seed ${SEED})`, async () => {
  const next = random(SEED)
  const people = [0, 1, 2].map((n) => world.graph.customer({ phone: `1555010300${n}`, name: `Person ${n}` }))
  const ids = []
  for (const person of people) ids.push(await world.begin('Hello', person))
  for (let n = 0; n < 12; n++) {
    for (const id of ids) {
      if (next() < 0.5)
        world.graph.control.failNext({
          route: 'messages',
          as: FAULTS[Math.floor(next() * FAULTS.length)] ?? '500',
        })
      await world.send(id, `${id} ${n}`)
    }
    await world.drain()
  }
  for (let n = 0; n < 8; n++) await world.pass(20_000)
  const accepted = world.graph.sends.filter(({ wamid }) => wamid !== null)
  const texts = accepted.map(({ text }) => text)
  expect(new Set(texts).size).toBe(texts.length)
  expect(Math.max(...accepted.map(({ callbackData }) => world.graph.acceptedBy(callbackData ?? '')))).toBe(1)
  for (const id of ids) {
    const own = (await world.messages(id)).filter(({ direction }) => direction === 'out').toReversed()
    expect(own).toHaveLength(12)
    for (const { status, text } of own) {
      expect(['delivered', 'failed', 'unconfirmed']).toContain(status)
      expect(texts.includes(text)).toBe(status === 'delivered')
    }
    const sentOrder = texts.filter((text) => text?.startsWith(id))
    expect(own.map(({ text }) => text).filter((text) => sentOrder.includes(text))).toEqual(sentOrder)
  }
})
