import { afterEach, beforeEach, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { Changes, Conversation, Messages, type Message } from '#server/contract.ts'
import { addTenant, bind, createWorld, NUMBER, type World } from '../support/conversation-world.ts'

type Page<T> = { items: T[]; nextCursor: string | null }
type MessagePage = Page<Message> & { rev: number }
let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const get = <T>(path: string, user = '2') => world.call<T>(user, 'GET', path)
const page = async (id: string, query = '') =>
  (await get<MessagePage>(`/api/conversations/${id}/messages${query}`)).body
const write = async (...texts: string[]) => {
  for (const text of texts) {
    world.customer.write({ to: NUMBER, text })
    await world.drain()
  }
}
const list = async (query = '', user = '2') =>
  (await get<Page<Conversation>>(`/api/conversations${query}`, user)).body
const texts = (items: Message[]) => items.map(({ text }) => text)
const rights = (query: object | 'none' | 'all') => {
  world.simulated.setRights(2, query as 'none')
  world.advance(61_000)
}

test('a conversation and its messages have the shape of the contract', async () => {
  const id = await world.begin('Hello')
  await world.send(id, 'Hi')
  await world.drain()
  const conversation = await world.conversation(id)
  expect(Conversation.parse(conversation)).toEqual(conversation)
  expect(conversation).toMatchObject({
    id,
    channel: { kind: 'cloud', name: 'Shop', phone: '+15550783881' },
    person: { name: 'Elena' },
    window: { open: true },
    unanswered: 0,
    lastMessage: { text: 'Hi', status: 'delivered' },
  })
  const messages = await page(id)
  expect(Messages.parse(messages)).toEqual(messages)
  expect(messages.items[1]).toMatchObject({
    direction: 'in',
    status: 'received',
    author: { kind: 'customer', name: 'Elena' },
  })
})

test('pages hold every message once, newest first, whatever comes in between', async () => {
  const id = await world.begin('1')
  await write('2', '3', '4', '5')
  const first = await page(id, '?limit=2')
  await write('6')
  const second = await page(id, `?limit=2&cursor=${first.nextCursor}`)
  const third = await page(id, `?limit=2&cursor=${second.nextCursor}`)
  expect([first, second, third].map(({ items }) => texts(items))).toEqual([['5', '4'], ['3', '2'], ['1']])
  expect(third.nextCursor).toBeNull()
})

test('changes come in the order of revisions, page by page, and nothing new costs the portal nothing', async () => {
  const id = await world.begin('1')
  const { rev } = await page(id)
  await world.send(id, '2')
  await world.drain()
  await write('3')
  const changes = await page(id, `?changedAfter=${rev}`)
  expect(Changes.parse(changes)).toEqual(changes)
  expect(changes.items.map(({ rev: one }) => one)).toEqual(
    changes.items.map(({ rev: one }) => one).toSorted((a, b) => a - b),
  )
  expect(texts(changes.items).toSorted()).toEqual(['2', '3'])
  const first = await page(id, `?changedAfter=${rev}&limit=1`)
  const second = await page(id, `?changedAfter=${rev}&limit=1&cursor=${first.nextCursor}`)
  expect([...first.items, ...second.items]).toEqual(changes.items)
  expect(second.nextCursor).toBeNull()
  world.advance(61_000)
  const calls = world.bitrix.calls.length
  expect(await page(id, `?changedAfter=${changes.rev}`)).toEqual({
    items: [],
    nextCursor: null,
    rev: changes.rev,
  })
  expect(world.bitrix.calls).toHaveLength(calls)
})

test('a removed message is told by its id and revision', async () => {
  const id = await world.begin('Secret')
  const { rev, items } = await page(id)
  await withPortal(world.deps.db, world.portalId, async ({ sql }) => {
    await sql`update app.conversation set rev = rev + 1 where portal_id = ${world.portalId} and id = ${id}`
    await sql`update app.message set removed = true, rev = ${rev + 1} where portal_id = ${world.portalId} and conversation_id = ${id}`
  })
  expect((await page(id)).items).toEqual([])
  expect(await page(id, `?changedAfter=${rev}`)).toMatchObject({
    items: [{ id: items[0]?.id, rev: rev + 1, removed: true }],
  })
})

test('who may not read the record finds nothing anywhere', async () => {
  const id = await world.begin('LEAK_PROBE_text')
  rights({ contact: 'none' })
  const messageId = crypto.randomUUID()
  const answers = [
    await get(`/api/conversations/${id}`),
    await get(`/api/conversations/${id}/messages`),
    await get(`/api/conversations/${id}/messages?changedAfter=0`),
    await get(`/api/conversations/${id}/messages?changedAfter=999999`),
    await world.send(id, 'x'),
    await world.call('2', 'POST', `/api/conversations/${id}/read`, { messageId }),
    await world.call('2', 'POST', `/api/conversations/${id}/messages/${messageId}/attempts`, {}),
  ]
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  const record = `?entityType=contact&entityId=${world.contact.id}`
  expect(await list(record)).toEqual({ items: [], nextCursor: null })
  expect(await list()).toEqual({ items: [], nextCursor: null })
  expect((await list(record, '1')).items).toHaveLength(1)
})

test('a right that was taken away holds a minute at most, one that was given too', async () => {
  const id = await world.begin()
  expect((await get(`/api/conversations/${id}`)).status).toBe(200)
  rights({ contact: 'none' })
  expect((await get(`/api/conversations/${id}`)).status).toBe(404)
  rights('all')
  expect((await get(`/api/conversations/${id}`)).status).toBe(200)
})

test('a portal that does not answer gives 503 and nothing stale', async () => {
  const id = await world.begin()
  expect((await get(`/api/conversations/${id}/messages`)).status).toBe(200)
  world.advance(61_000)
  const release = world.bitrix.control.hold({ route: 'rest' })
  const askedAt = performance.now()
  const answer = await get(`/api/conversations/${id}/messages`)
  const ms = performance.now() - askedAt
  release()
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'rights_unavailable' } } })
  expect(ms).toBeLessThan(6500)
})

test('what is bound to no record is for administrators only', async () => {
  const id = await world.begin()
  await withPortal(
    world.deps.db,
    world.portalId,
    ({ sql }) => sql`delete from app.binding where portal_id = ${world.portalId}`,
  )
  expect((await get(`/api/conversations/${id}`, '2')).status).toBe(404)
  expect((await get(`/api/conversations/${id}`, '1')).status).toBe(200)
  expect((await list('', '2')).items).toEqual([])
  expect((await list('', '1')).items).toHaveLength(1)
})

test('a record’s card shows its conversations, a deal’s card those of its contact', async () => {
  const id = await world.begin()
  const deal = world.simulated.addDeal({ title: 'Order', contactId: world.contact.id })
  const stranger = world.simulated.addContact({ name: 'Ion' })
  expect((await list(`?entityType=contact&entityId=${world.contact.id}`)).items).toMatchObject([{ id }])
  expect((await list(`?entityType=deal&entityId=${deal.id}`)).items).toMatchObject([{ id }])
  expect((await list(`?entityType=contact&entityId=${stranger.id}`)).items).toEqual([])
  expect((await list('?entityType=contact&entityId=99999')).items).toEqual([])
})

test('pages of conversations are filled past what the user may not see', async () => {
  const ids: string[] = []
  for (let n = 0; n < 6; n++) {
    const from = world.graph.customer({ phone: `1555010400${n}`, name: `Person ${n}` })
    const id = await world.begin(`Hello ${n}`, from)
    const contact = world.simulated.addContact({ name: `Person ${n}`, assignedById: n % 2 === 0 ? 2 : 1 })
    await bind(world, id, 'contact', String(contact.id))
    ids.unshift(id)
    world.advance(1000)
  }
  rights({ contact: 'own' })
  const mine = ids.filter((_, index) => index % 2 === 1)
  const first = await list('?limit=2')
  const second = await list(`?limit=2&cursor=${first.nextCursor}`)
  expect(first.items.map(({ id }) => id)).toEqual(mine.slice(0, 2))
  expect(second.items.map(({ id }) => id)).toEqual(mine.slice(2))
  expect(second.nextCursor).toBeNull()
})

test('another portal’s conversation is not there', async () => {
  const id = await world.begin()
  const other = await addTenant(world)
  const headers = { authorization: `Bearer ${await other.token('1')}` }
  for (const path of [`/api/conversations/${id}`, `/api/conversations/${id}/messages`])
    expect((await world.request(path, { headers })).status).toBe(404)
  expect(await (await world.request('/api/conversations', { headers })).json()).toEqual({
    items: [],
    nextCursor: null,
  })
})

test.each([
  '?limit=0',
  '?limit=101',
  '?limit=x',
  '?cursor=nonsense',
  '?entityType=contact',
  '?entityType=robot&entityId=1',
  '?entityType=contact&entityId=1%27',
])('a list asked with %s is refused', async (query) => {
  const answer = await get(`/api/conversations${query}`)
  expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid' } } })
})

test('an id that is none of ours is not there', async () => {
  expect((await get('/api/conversations/1')).status).toBe(404)
  expect((await get('/api/conversations/1/messages')).status).toBe(404)
})

test('a conversation is started with a phone of the record and with no other', async () => {
  const { items } = (await get<Page<{ id: string }>>('/api/channels', '1')).body
  const channelId = items[0]?.id
  const contact = world.simulated.addContact({ name: 'New', phones: ['+37369123456', '+37369123457'] })
  const input = { channelId, entityType: 'contact', entityId: String(contact.id) }
  const start = (more: object) =>
    world.call<Conversation>('2', 'POST', '/api/conversations', { ...input, ...more })
  expect(await start({ phone: '+15559999999' })).toMatchObject({
    status: 422,
    body: { error: { code: 'phone_unknown' } },
  })
  expect(await start({})).toMatchObject({ status: 422, body: { error: { code: 'phone_unknown' } } })
  const started = await start({ phone: '+373 69 123 456' })
  expect(started).toMatchObject({
    status: 201,
    body: { window: { open: false }, lastMessage: null, unanswered: 0 },
  })
  expect(await start({ phone: '+37369123456' })).toMatchObject({ status: 200, body: { id: started.body.id } })
  expect((await list(`?entityType=contact&entityId=${contact.id}`)).items).toMatchObject([
    { id: started.body.id },
  ])
  expect((await list()).items).toMatchObject([{ id: started.body.id }])
  expect(await world.send(started.body.id, 'Hi')).toMatchObject({
    status: 409,
    body: { error: { code: 'window_closed' } },
  })
  rights({ contact: 'none' })
  expect((await start({ phone: '+37369123456' })).status).toBe(404)
})
