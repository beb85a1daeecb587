import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryBody, inboundText } from '../support/make.ts'
import { addTenant, createWorld, NUMBER, TOKEN, WABA, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld({ connected: false })
})
afterEach(() => world.close())

const input = { kind: 'cloud', wabaId: WABA, phoneNumberId: NUMBER, accessToken: TOKEN }
type Listed = { items: { id: string; status: string }[]; nextCursor: string | null }
const list = async () => (await world.call<Listed>('1', 'GET', '/api/channels')).body
const connect = (change: object = {}, user = '1') =>
  world.call<{ id: string; error?: { code: string } }>(user, 'POST', '/api/channels', { ...input, ...change })
const inTenant = <T>(work: (sql: typeof world.deps.db.sql) => Promise<T>) =>
  world.deps.db.sql.begin(async (sql) => {
    await sql`select set_config('app.portal_id', ${world.portalId}, true)`
    return work(sql as unknown as typeof world.deps.db.sql)
  })

test('a number is connected by hand and its token never comes back', async () => {
  const answer = await connect()
  expect(answer).toMatchObject({
    status: 201,
    body: { kind: 'cloud', name: 'Shop', phone: '+15550783881', status: 'connected', phoneNumberId: NUMBER },
  })
  expect(JSON.stringify([answer.body, await list()])).not.toContain(TOKEN)
  expect(await list()).toMatchObject({ items: [{ id: answer.body.id, wabaId: WABA }], nextCursor: null })
  const messages = await world.begin('Hello')
  expect(messages).toMatch(/-/)
})

test('without the terms nothing is connected and Meta is not asked', async () => {
  await inTenant((sql) => sql`update app.portal set terms_version = null where portal_id = ${world.portalId}`)
  expect(await connect()).toMatchObject({ status: 409, body: { error: { code: 'terms_required' } } })
  expect(await list()).toEqual({ items: [], nextCursor: null })
})

test.each([
  ['a token Meta does not know', { accessToken: 'EAAunknown' }, 'token_refused'],
  ['another account', { wabaId: '999' }, 'wrong_account'],
  ['a number of another account', { phoneNumberId: '12345' }, 'wrong_account'],
])('%s is refused and leaves nothing behind', async (_, change, code) => {
  expect(await connect(change)).toMatchObject({ status: 422, body: { error: { code } } })
  expect(await list()).toMatchObject({ items: [] })
  const kept = await inTenant((sql) => sql`select 1 from app.data_key where purpose like 'channel:%'`)
  expect(kept).toHaveLength(0)
})

test.each([
  ['was issued to another application', { issuedToAppId: '1' }],
  ['lacks a permission', { scopes: ['whatsapp_business_messaging'] }],
  ['is over', { expiresAt: 1_700_000_000 }],
])('a token that %s is refused', async (_, about) => {
  const accessToken = 'EAAother'
  world.graph.addAccount({ wabaId: WABA, token: accessToken, numbers: [], ...about })
  expect(await connect({ accessToken })).toMatchObject({
    status: 422,
    body: { error: { code: 'token_refused' } },
  })
})

test('a token that grants every account names none', async () => {
  const accessToken = 'EAAall'
  world.graph.addAccount({ wabaId: WABA, token: accessToken, numbers: [], grantsAll: true })
  expect((await connect({ accessToken })).status).toBe(201)
})

test('when Meta does not answer nothing is decided', async () => {
  world.graph.control.failNext({ route: 'debug_token', as: 'reset-before' })
  expect(await connect()).toMatchObject({ status: 502, body: { error: { code: 'whatsapp_unreachable' } } })
  expect(await list()).toMatchObject({ items: [] })
})

test('a number of another portal stays there', async () => {
  await connect()
  const other = await addTenant(world)
  const headers = { authorization: `Bearer ${await other.token('1')}`, 'content-type': 'application/json' }
  const answer = await world.request('/api/channels', {
    method: 'POST',
    headers,
    body: JSON.stringify(input),
  })
  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({ error: { code: 'number_taken' } })
  const theirs = await world.request('/api/channels', { headers })
  expect(await theirs.json()).toEqual({ items: [], nextCursor: null })
})

test('connecting the same number again renews its token and keeps its id', async () => {
  const first = await connect()
  const accessToken = 'LEAK_PROBE_renewed'
  world.graph.addAccount({ wabaId: WABA, token: accessToken, numbers: [] })
  const second = await connect({ accessToken })
  expect(second.body.id).toBe(first.body.id)
  world.graph.revokeToken(TOKEN)
  const id = await world.begin()
  await world.send(id, 'With the new one')
  await world.drain()
  expect((await world.messages(id))[0]).toMatchObject({ status: 'delivered' })
})

test('who is no administrator may neither list nor connect nor disconnect', async () => {
  const { id } = (await connect()).body
  expect((await connect({}, '2')).status).toBe(403)
  expect((await world.call('2', 'GET', '/api/channels')).status).toBe(403)
  expect((await world.call('2', 'DELETE', `/api/channels/${id}`)).status).toBe(403)
})

test.each([[{ kind: 'linked' }], [{ wabaId: 'abc' }], [{ accessToken: '' }], [{ phoneNumberId: 1 }]])(
  'wrong values %j are named and not repeated',
  async (change) => {
    const answer = await connect(change)
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid' } } })
    expect(JSON.stringify(answer.body)).toContain(Object.keys(change)[0])
  },
)

test('disconnecting stops intake, destroys the token at once and keeps the history', async () => {
  const { id: channelId } = (await connect()).body
  const id = await world.begin('Before')
  const { body } = await world.send(id, 'Waits')
  expect((await world.call('1', 'DELETE', `/api/channels/${channelId}`)).status).toBe(204)
  expect((await world.call('1', 'DELETE', `/api/channels/${channelId}`)).status).toBe(204)
  await world.drain()
  const after = inboundText({ phoneNumberId: NUMBER, wabaId: WABA, from: '15550101234', text: 'After' })
  expect((await world.graph.post(deliveryBody([after]))).status).toBe(200)
  await world.drain()
  expect(await world.messages(id)).toMatchObject([
    { id: body.id, status: 'failed', error: { code: 'channel_disconnected' }, retry: 'allowed' },
    { text: 'Before' },
  ])
  expect(await list()).toMatchObject({ items: [{ status: 'disconnected' }] })
  const secrets = await inTenant(
    (sql) => sql`select (select count(*) from app.data_key where purpose like 'channel:%') as keys,
      (select count(*) from app.channel where access_token is not null) as tokens`,
  )
  expect(secrets).toMatchObject([{ keys: '0', tokens: '0' }])
  const answer = await world.send(id, 'Still?')
  expect(answer).toMatchObject({ status: 409, body: { error: { code: 'channel_disconnected' } } })
  expect(world.graph.sends).toHaveLength(0)
})

test.each(['timeout', '500', 'reset-before'] as const)(
  'disconnecting works when Meta is down (%s)',
  async (as) => {
    const { id } = (await connect()).body
    world.graph.control.failNext({ route: 'any', times: 9, as })
    expect((await world.call('1', 'DELETE', `/api/channels/${id}`)).status).toBe(204)
    expect(await list()).toMatchObject({ items: [{ status: 'disconnected' }] })
    const audited = await inTenant((sql) => sql`select action from app.audit order by id`)
    expect(audited.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['channel.connected', 'channel.disconnected', 'channel.unsubscribe_failed']),
    )
  },
)

test('a number that comes back brings its conversations along', async () => {
  const { id: channelId } = (await connect()).body
  const id = await world.begin('Before')
  await world.call('1', 'DELETE', `/api/channels/${channelId}`)
  world.advance(1000)
  expect((await connect()).body.id).toBe(channelId)
  world.advance(2000)
  world.customer.write({ to: NUMBER, text: 'Again' })
  await world.drain()
  expect(await world.messages(id)).toMatchObject([{ text: 'Again' }, { text: 'Before' }])
})

test('an unknown number is not there', async () => {
  expect((await world.call('1', 'DELETE', `/api/channels/${crypto.randomUUID()}`)).status).toBe(404)
  expect((await world.call('1', 'DELETE', '/api/channels/nonsense')).status).toBe(404)
})
