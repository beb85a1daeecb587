import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'

const HOUR = 3_600_000
let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

test('24 hours after the customer’s last message only templates go, and their next message opens it again', async () => {
  const id = await world.begin()
  world.advance(24 * HOUR - 60_000)
  expect((await world.send(id, 'In time')).status).toBe(202)
  await world.drain()
  world.advance(61_000)
  const late = await world.send(id, 'Too late')
  expect(late).toMatchObject({ status: 409, body: { error: { code: 'window_closed' } } })
  expect((await world.messages(id)).map(({ text }) => text)).toEqual(['In time', 'Hello'])
  world.customer.write({ to: NUMBER, text: 'I am back' })
  await world.drain()
  expect((await world.send(id, 'Welcome')).status).toBe(202)
})

test('a message that waited until the window closed is not sent any more and says why', async () => {
  const id = await world.begin()
  world.advance(24 * HOUR - 60_000)
  world.graph.control.failNext({ route: 'messages', as: { status: 500, code: 131016, retryAfter: 62 } })
  await world.send(id, 'Just in time')
  await world.drain()
  await world.pass(65_000)
  expect((await world.messages(id))[0]).toMatchObject({
    status: 'failed',
    error: { code: 'window_closed' },
    retry: null,
  })
  expect(world.graph.sends).toHaveLength(1)
  world.customer.write({ to: NUMBER, text: 'Hello?' })
  await world.drain()
  expect((await world.messages(id))[1]).toMatchObject({ text: 'Just in time', retry: 'allowed' })
})

test('a repeat of what was taken in stays the same message when the window has closed since', async () => {
  const id = await world.begin()
  const clientId = crypto.randomUUID()
  const first = await world.send(id, 'Same', clientId)
  await world.drain()
  world.advance(25 * HOUR)
  expect(await world.send(id, 'Same', clientId)).toMatchObject({ status: 200, body: { id: first.body.id } })
})

test('a window that WhatsApp counts as closed fails the message with that reason', async () => {
  const id = await world.begin()
  world.graph.control.closeWindow(NUMBER, CUSTOMER)
  await world.send(id, 'We think it is open')
  await world.drain()
  expect((await world.messages(id))[0]).toMatchObject({ status: 'failed', error: { code: 'window_closed' } })
})
