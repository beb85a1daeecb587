import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

test('an answer is queued, sent once and delivered', async () => {
  const id = await world.begin()
  const sent = await world.send(id, 'Good morning')
  expect(sent).toMatchObject({ status: 202, body: { status: 'queued' } })
  expect((await world.messages(id))[0]).toMatchObject({
    text: 'Good morning',
    status: 'queued',
    direction: 'out',
  })
  await world.drain()
  const [message] = await world.messages(id)
  expect(message).toMatchObject({
    id: sent.body.id,
    status: 'delivered',
    author: { kind: 'user', id: '2', name: 'Ben' },
    error: null,
    retry: null,
    waiting: false,
  })
  expect(message?.providerId).toMatch(/^wamid\./)
  expect(world.graph.sends).toMatchObject([
    { to: `+${CUSTOMER}`, text: 'Good morning', phoneNumberId: NUMBER },
  ])
})

test('the same client id and body is the same message, sent once', async () => {
  const id = await world.begin()
  const clientId = crypto.randomUUID()
  const [first, second] = await Promise.all([
    world.send(id, 'Once', clientId),
    world.send(id, 'Once', clientId),
  ])
  expect([first.status, second.status].sort()).toEqual([200, 202])
  expect(second.body.id).toBe(first.body.id)
  await world.drain()
  expect(await world.send(id, 'Once', clientId)).toMatchObject({ status: 200, body: { status: 'delivered' } })
  expect(world.graph.sends).toHaveLength(1)
})

test('another body under a used client id is refused', async () => {
  const id = await world.begin()
  const clientId = crypto.randomUUID()
  await world.send(id, 'One', clientId)
  expect(await world.send(id, 'Two', clientId)).toMatchObject({
    status: 409,
    body: { error: { code: 'client_id_reused' } },
  })
})

test('one client id for two conversations at the same moment is one message', async () => {
  const id = await world.begin()
  const other = await world.begin('Hi', world.graph.customer({ phone: '15550105678', name: 'Ion' }))
  const clientId = crypto.randomUUID()
  const answers = await Promise.all([world.send(id, 'Both', clientId), world.send(other, 'Both', clientId)])
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
  await world.drain()
  expect(world.graph.sends).toHaveLength(1)
})

test('twenty sends at once leave one after the other in the order they stand in', async () => {
  const id = await world.begin()
  await Promise.all(Array.from({ length: 20 }, (_, n) => world.send(id, `Message ${n}`)))
  await world.drain()
  const shown = (await world.messages(id))
    .filter(({ direction }) => direction === 'out')
    .map(({ text }) => text)
  expect(shown).toHaveLength(20)
  expect(world.graph.sends.map(({ text }) => text)).toEqual(shown.toReversed())
})

test('a reply quotes a message of the same conversation and no other', async () => {
  const id = await world.begin('What does it cost?')
  const other = await world.begin('Hi', world.graph.customer({ phone: '15550105678', name: 'Ion' }))
  const [question] = await world.messages(id)
  const [foreign] = await world.messages(other)
  const reply = (replyToId?: string) =>
    world.call('2', 'POST', `/api/conversations/${id}/messages`, {
      clientId: crypto.randomUUID(),
      text: 'Ten',
      replyToId,
    })
  expect(await reply(foreign?.id)).toMatchObject({
    status: 422,
    body: { error: { code: 'invalid', issues: [{ path: 'replyToId' }] } },
  })
  expect((await reply(question?.id)).status).toBe(202)
  await world.drain()
  expect((await world.messages(id))[0]).toMatchObject({ text: 'Ten', replyToId: question?.id })
  expect(world.graph.sends).toHaveLength(1)
})

test('a person without a visible phone is answered by user id', async () => {
  const hidden = world.graph.customer({
    userId: 'US.13491208655302741918',
    username: 'pablo',
    phoneHidden: true,
  })
  const id = await world.begin('Hola', hidden)
  await world.send(id, 'Hello Pablo')
  await world.drain()
  expect(world.graph.sends).toMatchObject([{ to: 'US.13491208655302741918', error: null }])
  expect((await world.messages(id))[0]).toMatchObject({ status: 'delivered' })
})

test('an answer takes the conversation off the unanswered ones at once', async () => {
  const id = await world.begin()
  expect(await world.conversation(id)).toMatchObject({ unanswered: 1 })
  await world.send(id, 'Yes')
  expect(await world.conversation(id)).toMatchObject({ unanswered: 0, lastMessage: { text: 'Yes' } })
})

test.each([
  ['a blank text', { text: '  ' }],
  ['a text that is too long', { text: 'x'.repeat(4097) }],
  ['a NUL character', { text: 'a\0b' }],
  ['no text', {}],
  ['a client id that is no UUID', { text: 'x', clientId: 'abc' }],
])('%s is refused before anything is kept', async (_, body) => {
  const id = await world.begin()
  const answer = await world.call('2', 'POST', `/api/conversations/${id}/messages`, {
    clientId: crypto.randomUUID(),
    ...body,
  })
  expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid' } } })
  expect(await world.messages(id)).toHaveLength(1)
})

test('reading marks the customer’s messages on the phone once', async () => {
  const id = await world.begin('One')
  world.customer.write({ to: NUMBER, text: 'Two' })
  await world.drain()
  const [newest] = await world.messages(id)
  const read = () => world.call('2', 'POST', `/api/conversations/${id}/read`, { messageId: newest?.id })
  expect((await read()).status).toBe(204)
  expect((await read()).status).toBe(204)
  await world.drain()
  expect(world.graph.reads).toMatchObject([{ messageId: newest?.providerId, phoneNumberId: NUMBER }])
})
