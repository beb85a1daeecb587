import { expect, it } from 'vitest'
import { encodeForm } from '#tests/simulators/bitrix24/encode-form.ts'
import { parseForm } from '#tests/simulators/bitrix24/parse-form.ts'
import { at, createWorld } from './bitrix24-world.ts'

it('writes and reads nested brackets as PHP does', () => {
  const text = encodeForm({ event: 'X', data: { FIELDS: { ID: 5 }, list: [true, null, 'a b'] }, empty: [] })
  expect(decodeURIComponent(text)).toBe('event=X&data[FIELDS][ID]=5&data[list][0]=1&data[list][2]=a+b')
  expect(parseForm('a[b][]=1&a[b][]=2&c[x]=y&d=1&e[1]=q')).toEqual({
    ...{ a: { b: ['1', '2'] }, c: { x: 'y' }, d: '1', e: { 1: 'q' } },
  })
})

it('shows a user only the records that the rights allow, silently', async () => {
  const { portal, rep, call } = createWorld()
  const mine = portal.addContact({ name: 'Mine', assignedById: rep })
  const hers = portal.addContact({ name: 'Hers' })
  const list = (userId?: number) =>
    call('crm.item.list', { entityTypeId: 3, select: ['id'], filter: { '@id': [mine.id, hers.id] } }, userId)
  expect((await list()).body).toMatchObject({ total: 2 })
  expect((await list(rep)).body).toMatchObject({ result: { items: [{ id: mine.id }] }, total: 1 })
  portal.setRights(rep, { contact: { read: 'all', deny: [mine.id] } })
  expect((await list(rep)).body).toMatchObject({ result: { items: [{ id: hers.id }] }, total: 1 })
  const refused = await call('crm.item.get', { entityTypeId: 3, id: mine.id }, rep)
  expect([refused.status, refused.body['error']]).toEqual([400, 'ACCESS_DENIED'])
  const gone = await call('crm.item.get', { entityTypeId: 3, id: 999 }, rep)
  expect([gone.status, gone.body['error']]).toEqual([400, 'NOT_FOUND'])
})

it('pages by 50 and refuses a filter on an unknown field', async () => {
  const { portal, call } = createWorld()
  for (let index = 0; index < 120; index += 1) portal.addDeal({ title: `D${index}` })
  const page = async (start: number) => (await call('crm.item.list', { entityTypeId: 2, start })).body
  expect(await page(0)).toMatchObject({ next: 50, total: 120 })
  const last = await page(100)
  expect([at(last, 'result.items.19.title'), 'next' in last]).toEqual(['D119', false])
  const refused = await call('crm.item.list', { entityTypeId: 2, filter: { phone: '1' } })
  expect(refused.body['error']).toBe('INVALID_ARG_VALUE')
})

it('finds people by phone only after its own normalisation, per type, and as far as the user may read', async () => {
  const { portal, rep, call } = createWorld()
  const contact = portal.addContact({ name: 'A', phones: ['+373 69 123-456'] })
  const lead = portal.addLead({ name: 'B', phones: ['0037369123456 ext. 12'], assignedById: rep })
  const local = portal.addContact({ name: 'C', phones: ['069 123 456'] })
  const find = async (values: string[], userId?: number) =>
    (await call('crm.duplicate.findbycomm', { type: 'PHONE', values }, userId)).body['result']
  expect(await find(['37369123456'])).toEqual({ LEAD: [lead.id], CONTACT: [contact.id] })
  expect(await find(['069123456'])).toEqual({ CONTACT: [local.id] })
  expect(await find(['+37369123456'], rep)).toEqual({ LEAD: [lead.id] })
  expect(await find(['+4915112345678'])).toEqual([])
})

it('never merges: the same originId twice makes two records', async () => {
  const { call } = createWorld()
  const fields = {
    name: 'A',
    originatorId: 'wa',
    originId: '1',
    fm: [{ typeId: 'PHONE', valueType: 'WORK', value: '+1' }],
  }
  const first = await call('crm.item.add', { entityTypeId: 3, fields })
  const second = await call('crm.item.add', { entityTypeId: 3, fields })
  expect(at(first.body, 'result.item.fm')).toMatchObject([{ typeId: 'PHONE', value: '+1' }])
  expect(at(second.body, 'result.item.id')).not.toBe(at(first.body, 'result.item.id'))
})

it('runs a batch in order with $result, reports errors beside results, and serialises empty maps as []', async () => {
  const { portal, call, b24 } = createWorld()
  const { id } = portal.addContact({ name: 'Ann' })
  const cmd = {
    me: 'profile',
    them: `crm.item.list?entityTypeId=3&filter[%40id][0]=${id}`,
    one: 'crm.item.get?entityTypeId=3&id=$result[them][items][0][id]',
    bad: 'no.such.method',
    deep: 'batch?cmd[a]=profile',
  }
  const { body } = await call('batch', { halt: 0, cmd })
  expect(at(body, 'result.result.one.item')).toMatchObject({ id, name: 'Ann' })
  expect(at(body, 'result.result_error')).toMatchObject({
    bad: { error: 'ERROR_METHOD_NOT_FOUND' },
    deep: { error: 'ERROR_BATCH_METHOD_NOT_ALLOWED' },
  })
  expect(at(body, 'result.result_total')).toEqual({ them: 1 })
  expect(at(body, 'result.result_next')).toEqual([])
  expect(b24.control.requests().length).toBe(1)
  expect(b24.control.callsOf('profile')[0]).toMatchObject({ batch: 'me', status: 200 })
})

it('halts a batch at the first error when asked, and refuses the 51st command', async () => {
  const { call } = createWorld()
  const halted = await call('batch', { halt: 1, cmd: { a: 'nope', b: 'profile' } })
  expect(at(halted.body, 'result.result')).toEqual([])
  const cmd = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`c${index}`, 'profile']))
  const long = await call('batch', { cmd })
  expect(at(long.body, 'result.result_error')).toMatchObject({
    c50: { error: 'ERROR_BATCH_LENGTH_EXCEEDED' },
  })
})

it('lets 50 requests pass at once and two more each second', async () => {
  const { call, clock } = createWorld()
  const status = async () => (await call('profile')).status
  for (let index = 0; index < 50; index += 1) expect(await status()).toBe(200)
  expect(await status()).toBe(503)
  clock.now += 1000
  expect([await status(), await status(), await status()]).toEqual([200, 200, 503])
})

it('blocks a method whose working time is used up, and frees it as baskets drop out', async () => {
  const { b24, call, portal, clock } = createWorld()
  b24.control.operating({ memberId: portal.memberId, method: 'profile', seconds: 480 })
  expect((await call('profile')).body['error']).toBe('OPERATION_TIME_LIMIT')
  expect((await call('user.admin')).status).toBe(200)
  clock.now += 600_000
  expect((await call('profile')).status).toBe(200)
})

it('refuses what has no token, no scope, no right or no such method', async () => {
  const { b24, portal, rep, call } = createWorld()
  const bare = await b24.fetch(new Request(`${portal.origin}/rest/profile`))
  expect([bare.status, (await bare.json()).error]).toEqual([401, 'NO_AUTH_FOUND'])
  expect((await call('placement.get', {}, rep)).status).toBe(403)
  expect((await call('crm.nothing')).status).toBe(404)
  portal.changeUser(rep, { appAccess: false })
  expect((await call('profile', {}, rep)).body['error']).toBe('user_access_error')
  const elsewhere = b24.addPortal()
  const foreign = await b24.fetch(
    new Request(`${elsewhere.origin}/rest/profile?auth=${portal.tokens(rep).accessToken}`),
  )
  expect((await foreign.json()).error).toBe('invalid_token')
})

it('sends a caller of the old address to the new one', async () => {
  const { b24, portal, rep } = createWorld()
  portal.renameTo('https://acme-new.bitrix24.test')
  const { accessToken } = portal.tokens(rep)
  const moved = await b24.fetch(new Request('https://acme.bitrix24.test/rest/profile', { method: 'POST' }))
  expect([moved.status, moved.headers.get('location')]).toEqual([
    302,
    'https://acme-new.bitrix24.test/rest/profile',
  ])
  const there = await b24.fetch(new Request(`${portal.origin}/rest/profile?auth=${accessToken}`))
  expect(there.status).toBe(200)
})
