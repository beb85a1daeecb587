import { afterEach, beforeEach, expect, test } from 'vitest'
import { attemptSend } from '#server/conversation/attempt-send.ts'
import type { Deps } from '#server/deps.ts'
import type { ConversationId } from '#server/ids.ts'
import { createWorld, NUMBER, type World } from '../support/conversation-world.ts'

// A process that dies between two commits: what it did is there, the rest never happens.
let world: World
let id: ConversationId
beforeEach(async () => {
  world = await createWorld()
  id = await world.begin()
})
afterEach(() => world.close())

const status = async (text: string) =>
  (await world.messages(id)).find((message) => message.text === text)?.status
const acceptedTexts = () => world.graph.sends.filter(({ wamid }) => wamid !== null).map(({ text }) => text)

/** Runs the job with a `fetch` that tells where it was and then never comes back. */
async function dieAt(where: 'before the call' | 'after the call'): Promise<void> {
  const { deps, portalId } = world
  await new Promise<void>((died) => {
    const http: Deps['http'] = async (request, options) => {
      if (where === 'after the call') await deps.http(request, options)
      died()
      return new Promise(() => {})
    }
    void attemptSend({ ...deps, http }, { portalId, conversationId: id })
  })
}

test('dying after the intent was taken in loses nothing and sends once', async () => {
  await world.send(id, 'Intent')
  expect(acceptedTexts()).toEqual([])
  await world.drain()
  expect(acceptedTexts()).toEqual(['Intent'])
  expect(await status('Intent')).toBe('delivered')
})

test('dying between the attempt and the call leaves it unconfirmed, never sent twice, and lets later ones go', async () => {
  await world.send(id, 'Never left')
  await dieAt('before the call')
  expect(await status('Never left')).toBe('sending')
  await world.send(id, 'Later')
  await world.drain()
  expect(await status('Never left')).toBe('unconfirmed')
  expect(acceptedTexts()).toEqual(['Later'])
})

test('dying after WhatsApp took it and before we wrote so is settled by its status', async () => {
  world.graph.control.deliveries({ paused: true })
  await world.send(id, 'Taken')
  await dieAt('after the call')
  const { deps, portalId } = world
  await attemptSend(deps, { portalId, conversationId: id })
  expect(await status('Taken')).toBe('unconfirmed')
  world.graph.control.deliveries({ paused: false })
  await world.drain()
  expect(await status('Taken')).toBe('delivered')
  expect(acceptedTexts()).toEqual(['Taken'])
})

test('dying between the record and the end of the job runs it again without effect', async () => {
  await world.send(id, 'Recorded')
  await world.drain()
  const { deps, portalId } = world
  await Promise.all([1, 2, 3].map(() => attemptSend(deps, { portalId, conversationId: id })))
  await world.drain()
  expect(acceptedTexts()).toEqual(['Recorded'])
  expect(await status('Recorded')).toBe('delivered')
})

test('an answer that comes after we gave up still counts', async () => {
  world.graph.control.statuses({ mode: 'none' })
  await world.send(id, 'Slow')
  const { deps, portalId } = world
  const gate = Promise.withResolvers<void>()
  const called = Promise.withResolvers<void>()
  const http: Deps['http'] = async (request, options) => {
    const answer = await deps.http(request, options)
    called.resolve()
    await gate.promise
    return answer
  }
  const running = attemptSend({ ...deps, http }, { portalId, conversationId: id })
  await called.promise
  await attemptSend(deps, { portalId, conversationId: id })
  expect(await status('Slow')).toBe('unconfirmed')
  gate.resolve()
  await running
  expect(await status('Slow')).toBe('sent')
  expect(acceptedTexts()).toEqual(['Slow'])
})

test('the process that takes over keeps the order of what still waits', async () => {
  for (const text of ['One', 'Two', 'Three']) await world.send(id, text)
  await dieAt('after the call')
  await world.drain()
  expect(acceptedTexts()).toEqual(['One', 'Two', 'Three'])
  const shown = (await world.messages(id)).filter(({ direction }) => direction === 'out')
  expect(shown.map(({ status: one }) => one)).toEqual(['delivered', 'delivered', 'delivered'])
  expect(world.graph.sends.every(({ phoneNumberId }) => phoneNumberId === NUMBER)).toBe(true)
})
