import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryBody, statusUpdate } from '../support/make.ts'
import { createWorld, NUMBER, TOKEN, WABA, type World } from '../support/conversation-world.ts'

const MINUTE = 60_000
let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const newest = async (id: string) => (await world.messages(id))[0]
const outbound = async (id: string) =>
  (await world.messages(id))
    .filter(({ direction }) => direction === 'out')
    .map(({ text, status }) => [text, status])
const again = (id: string, messageId: string, body?: object) =>
  world.call('2', 'POST', `/api/conversations/${id}/messages/${messageId}/attempts`, body)
const refuseNext = (code: number, times = 1, status = 400, more = {}) =>
  world.graph.control.failNext({ route: 'messages', times, as: { status, code, ...more } })

test('a busy service is asked again and the message arrives once', async () => {
  const id = await world.begin()
  refuseNext(131016, 2, 500)
  await world.send(id, 'Patience')
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'queued', error: null, retry: null })
  await world.pass(3_000)
  expect(await newest(id)).toMatchObject({ status: 'queued' })
  await world.pass(3_000)
  expect(await newest(id)).toMatchObject({ status: 'delivered' })
  expect(world.graph.sends.filter(({ wamid }) => wamid !== null)).toHaveLength(1)
  expect(new Set(world.graph.sends.map(({ callbackData }) => callbackData)).size).toBe(3)
})

test('after two minutes of trying the message failed for now and may be sent again by hand', async () => {
  const id = await world.begin()
  refuseNext(131016, 50, 500)
  const { body } = await world.send(id, 'Hello?')
  await world.drain()
  for (let n = 0; n < 8; n++) await world.pass(50_000)
  expect(await newest(id)).toMatchObject({ status: 'failed', error: { code: 'temporary' }, retry: 'allowed' })
  const tries = world.graph.sends.length
  expect(tries).toBeLessThanOrEqual(8)
  expect(tries).toBeGreaterThan(2)
  expect(await again(id, body.id)).toMatchObject({ status: 202, body: { id: body.id, status: 'queued' } })
  await world.drain()
  expect(world.graph.sends).toHaveLength(tries + 1)
})

test('a Retry-After is kept', async () => {
  const id = await world.begin()
  refuseNext(4, 1, 400, { retryAfter: 30 })
  await world.send(id, 'Later')
  await world.drain()
  await world.pass(20_000)
  expect(await newest(id)).toMatchObject({ status: 'queued' })
  await world.pass(11_000)
  expect(await newest(id)).toMatchObject({ status: 'delivered' })
})

test('a later message waits for an earlier one that may still be tried, and says so, two minutes at most', async () => {
  const id = await world.begin()
  refuseNext(131057, 1, 500, { retryAfter: 124 })
  await world.send(id, 'First')
  await world.drain()
  await world.send(id, 'Second')
  await world.drain()
  expect(await world.messages(id)).toMatchObject([
    { text: 'Second', status: 'queued', waiting: true },
    { text: 'First', status: 'queued', waiting: false },
    {},
  ])
  const sentAt = Date.parse((await world.messages(id))[1]?.sentAt ?? '')
  await world.pass(100_000)
  expect(await outbound(id)).toEqual([
    ['Second', 'queued'],
    ['First', 'queued'],
  ])
  await world.pass(sentAt + 120_100 - world.deps.clock.now())
  expect(await outbound(id)).toEqual([
    ['Second', 'delivered'],
    ['First', 'queued'],
  ])
  await world.pass(5_000)
  expect(await outbound(id)).toEqual([
    ['Second', 'delivered'],
    ['First', 'delivered'],
  ])
})

test.each([
  [131026, 'no_whatsapp', null],
  [131047, 'window_closed', null],
  [100, 'invalid', null],
  [131042, 'payment', 'allowed'],
  [131048, 'restricted', 'allowed'],
])('a final refusal %i is told as %s', async (code, word, retry) => {
  const id = await world.begin()
  refuseNext(code)
  const { body } = await world.send(id, 'No')
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'failed', error: { code: word }, retry })
  expect(world.graph.sends).toHaveLength(1)
  if (retry === null)
    expect(await again(id, body.id)).toMatchObject({
      status: 409,
      body: { error: { code: 'not_retryable' } },
    })
  else expect((await again(id, body.id, {})).status).toBe(202)
})

test('what was sent cannot be sent again', async () => {
  const id = await world.begin()
  const { body } = await world.send(id, 'Done')
  expect(await again(id, body.id)).toMatchObject({ status: 409, body: { error: { code: 'not_retryable' } } })
  await world.drain()
  expect(await again(id, body.id)).toMatchObject({ status: 409, body: { error: { code: 'not_retryable' } } })
  const question = (await world.messages(id)).at(-1)
  expect((await again(id, question?.id ?? '')).status).toBe(404)
})

test('a refused token costs one call; everything waits and goes on with the next token', async () => {
  const id = await world.begin()
  const other = await world.begin('Hi', world.graph.customer({ phone: '15550105678', name: 'Ion' }))
  world.graph.revokeToken(TOKEN)
  for (const text of ['One', 'Two']) await world.send(id, text)
  await world.send(other, 'Three')
  await world.drain()
  expect(world.graph.sends).toHaveLength(1)
  expect(await outbound(id)).toEqual([
    ['Two', 'queued'],
    ['One', 'queued'],
  ])
  const listed = await world.call<{ items: { status: string }[] }>('1', 'GET', '/api/channels')
  expect(listed.body.items).toMatchObject([{ status: 'token_refused' }])
  await world.pass(10 * MINUTE)
  expect(world.graph.sends).toHaveLength(1)
  const accessToken = 'LEAK_PROBE_second_token'
  world.graph.addAccount({ wabaId: WABA, token: accessToken, numbers: [] })
  const renewed = { kind: 'cloud', wabaId: WABA, phoneNumberId: NUMBER, accessToken }
  expect((await world.call('1', 'POST', '/api/channels', renewed)).status).toBe(201)
  await world.drain()
  const texts = world.graph.sends.filter(({ wamid }) => wamid).map(({ text }) => text)
  expect(texts.toSorted()).toEqual(['One', 'Three', 'Two'])
  expect(texts.indexOf('One')).toBeLessThan(texts.indexOf('Two'))
})

test.each(['reset-after', 'reset-before', '500'] as const)(
  'an unknown outcome (%s) is never sent again by itself',
  async (as) => {
    const id = await world.begin()
    world.graph.control.statuses({ mode: 'none' })
    world.graph.control.failNext({ route: 'messages', as })
    const { body } = await world.send(id, 'Did it?')
    await world.drain()
    const calls = world.graph.sends.length
    expect(await newest(id)).toMatchObject({ status: 'unconfirmed', retry: null })
    expect(await again(id, body.id)).toMatchObject({ status: 409, body: { error: { code: 'unconfirmed' } } })
    await world.pass(14 * MINUTE)
    const early = await again(id, body.id, { acceptDuplicate: true })
    expect(early).toMatchObject({ status: 409, body: { error: { code: 'unconfirmed' } } })
    await world.pass(MINUTE + 1000)
    expect(await newest(id)).toMatchObject({ status: 'unconfirmed', retry: 'may-duplicate' })
    expect(await again(id, body.id)).toMatchObject({ status: 409, body: { error: { code: 'unconfirmed' } } })
    expect(world.graph.sends.length).toBe(calls)
    expect((await again(id, body.id, { acceptDuplicate: true })).status).toBe(202)
    await world.drain()
    expect(await newest(id)).toMatchObject({ status: 'sent' })
  },
)

test('after 15 minutes of doubt the open thread is told to read again', async () => {
  const id = await world.begin()
  world.graph.control.statuses({ mode: 'none' })
  world.graph.control.failNext({ route: 'messages', as: 'reset-after' })
  await world.send(id, 'Did it?')
  await world.drain()
  await world.pass(MINUTE)
  const { rev } = (await world.call<{ rev: number }>('2', 'GET', `/api/conversations/${id}/messages`)).body
  await world.pass(15 * MINUTE)
  const changes = await world.call('2', 'GET', `/api/conversations/${id}/messages?changedAfter=${rev}`)
  expect(changes.body).toMatchObject({ items: [{ status: 'unconfirmed', retry: 'may-duplicate' }] })
})

test('an unknown outcome is settled by the status that carries our id, whenever it comes', async () => {
  const id = await world.begin()
  world.graph.control.failNext({ route: 'messages', as: 'reset-after' })
  await world.send(id, 'It did')
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'delivered', error: null })
  expect((await newest(id))?.providerId).toBe(world.graph.sends[0]?.wamid)
  expect(world.graph.sends).toHaveLength(1)
})

test('a status that overtakes the answer of Graph is not lost', async () => {
  const id = await world.begin()
  world.graph.control.statuses({ mode: 'before-answer' })
  await world.send(id, 'Quick')
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'delivered' })
})

test('a status that carries no id of ours finds its message by WhatsApp’s id', async () => {
  const id = await world.begin()
  world.graph.control.statuses({ mode: 'none' })
  await world.send(id, 'Found')
  await world.drain()
  const [send] = world.graph.sends
  const base = { phoneNumberId: NUMBER, wabaId: WABA, wamid: send?.wamid ?? '' }
  await world.graph.post(deliveryBody([statusUpdate({ ...base, status: 'read' })]))
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'read' })
})

test('a message that fails later says why', async () => {
  const id = await world.begin()
  world.graph.control.statuses({ mode: 'failed', code: 131026 })
  await world.send(id, 'Nobody')
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'failed', error: { code: 'no_whatsapp' }, retry: null })
})

test('an attempt whose process died is unconfirmed after a minute and lets later ones go', async () => {
  const id = await world.begin()
  world.graph.control.statuses({ mode: 'none' })
  const { body } = await world.send(id, 'Lost')
  const attemptId = crypto.randomUUID()
  const { deps, portalId } = world
  await deps.db.sql.begin(async (sql) => {
    await sql`select set_config('app.portal_id', ${portalId}, true)`
    await sql`update app.message set status = 'sending' where portal_id = ${portalId} and id = ${body.id}`
    await sql`insert into app.attempt (portal_id, id, message_id, conversation_id, number, state, started_at)
      values (${portalId}, ${attemptId}, ${body.id}, ${id}, 1, 'sending', ${new Date(deps.clock.now())})`
  })
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'unconfirmed' })
  expect(world.graph.sends).toHaveLength(0)
  const status = statusUpdate({
    phoneNumberId: NUMBER,
    wabaId: WABA,
    wamid: 'wamid.late',
    status: 'delivered',
    callbackData: attemptId,
  })
  await world.graph.post(deliveryBody([status]))
  await world.drain()
  expect(await newest(id)).toMatchObject({ status: 'delivered', providerId: 'wamid.late' })
})
