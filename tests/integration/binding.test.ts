import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { portal as portalTable } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { syncCrm } from '#server/crm/sync-crm.ts'
import { ingestWaiting } from '#server/delivery/ingest-waiting.ts'
import type { Binding, Conversation } from '#server/contract.ts'
import { asId, type ConversationId } from '#server/ids.ts'
import { createWorld, CUSTOMER, NUMBER, TOKEN, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const STRANGER = '15550109999'
const SECOND_NUMBER = '106540352242999'
const SECOND_WABA = '102290129340999'

type Bound = { conversationId: ConversationId; type: string; id: string; owner: boolean }
const refsNow = async (): Promise<Bound[]> => {
  const rows = await withPortal(
    world.deps.db,
    world.portalId,
    ({ sql }) => sql<Bound[]>`
      select conversation_id as "conversationId", entity_type as type, entity_id as id, is_owner as owner
      from app.binding where portal_id = ${world.portalId} order by conversation_id, is_owner desc, entity_type`,
  )
  return [...rows]
}
const owners = async () =>
  (await refsNow()).filter(({ owner }) => owner).map(({ type, id }) => `${type}:${id}`)
const write = async (text = 'Hello', from = world.customer, to = NUMBER) => {
  from.write({ to, text })
  await world.drain()
}
const choose = (change: { newSenderRecord?: 'lead' | 'contact'; leadsEnabled?: boolean }) =>
  withPortal(world.deps.db, world.portalId, (tx) => tx.orm.update(portalTable).set(change))
const onlyId = async (): Promise<ConversationId> => {
  const { body } = await world.call<{ items: Conversation[] }>('1', 'GET', '/api/conversations')
  return asId<ConversationId>(body.items[0]?.id ?? '')
}
const ours = () => world.simulated.crm().filter((record) => record.originatorId === 'wasync')

describe('a sender the CRM knows', () => {
  test('is bound to the contact with that phone, however it is written there', async () => {
    world.simulated.changeRecord('contact', world.contact.id, { phones: ['+1 (555) 010-1234'] })
    await write()
    expect(await owners()).toEqual([`contact:${world.contact.id}`])
    const { body } = await world.call<Binding>('2', 'GET', `/api/conversations/${await onlyId()}/binding`)
    expect(body).toEqual({
      records: [
        {
          type: 'contact',
          id: String(world.contact.id),
          title: 'Elena',
          url: `/crm/contact/details/${world.contact.id}/`,
        },
      ],
      ...{ reason: 'phone', movedBy: null, candidates: [], canUndo: false },
    })
  })

  test('with several matches is the open deal’s contact, then the newest, before leads and companies', async () => {
    const phones = [`+${CUSTOMER}`]
    const newest = world.simulated.addContact({ name: 'Newest', phones })
    world.simulated.addLead({ title: 'Lead', phones })
    world.simulated.addCompany({ title: 'Company', phones })
    world.simulated.addDeal({ title: 'Won', contactId: newest.id, closed: true })
    const deal = world.simulated.addDeal({ title: 'Open', contactId: world.contact.id })
    await write()
    expect((await refsNow()).map(({ type, id, owner }) => ({ type, id, owner }))).toEqual([
      { type: 'contact', id: String(world.contact.id), owner: true },
      { type: 'deal', id: String(deal.id), owner: false },
    ])
    const { body } = await world.call<Binding>('2', 'GET', `/api/conversations/${await onlyId()}/binding`)
    expect(body.candidates.map(({ title }) => title)).toEqual(['Newest', 'Lead', 'Company'])
    expect(body.records.map(({ title }) => title)).toEqual(['Elena', 'Open'])
  })

  test('stays where it was bound, whatever turns up later', async () => {
    await write()
    world.simulated.addContact({ name: 'Newer', phones: [`+${CUSTOMER}`] })
    await write('again')
    await world.drain({ delayed: true })
    expect(await owners()).toEqual([`contact:${world.contact.id}`])
  })
})

describe('a sender nobody knows', () => {
  const stranger = () => world.graph.customer({ phone: STRANGER, name: 'Ion' })

  test('gets one lead with name, phone and our mark', async () => {
    const ion = stranger()
    await write('Hello', ion)
    await write('More', ion)
    expect(ours()).toMatchObject([
      { type: 'lead', name: 'Ion', fm: [{ typeId: 'PHONE', value: `+${STRANGER}` }], assignedById: 1 },
    ])
    expect(await owners()).toEqual([`lead:${ours()[0]?.id}`])
  })

  test('who writes to two numbers at once gets one record for both', async () => {
    world.graph.addAccount({
      wabaId: SECOND_WABA,
      token: TOKEN,
      numbers: [{ phoneNumberId: SECOND_NUMBER, displayPhoneNumber: '+1 555-078-3999', verifiedName: 'Two' }],
    })
    const input = {
      kind: 'cloud',
      wabaId: SECOND_WABA,
      phoneNumberId: SECOND_NUMBER,
      accessToken: TOKEN,
    }
    expect((await world.call('1', 'POST', '/api/channels', input)).status).toBe(201)
    const hidden = world.graph.customer({ userId: 'US.2', username: 'pablo', phoneHidden: true })
    hidden.write({ to: NUMBER, text: 'one' })
    hidden.write({ to: SECOND_NUMBER, text: 'two' })
    await world.graph.settle()
    await ingestWaiting(world.deps)
    const { body } = await world.call<{ items: Conversation[] }>('1', 'GET', '/api/conversations')
    expect(body.items).toHaveLength(2)
    await Promise.all(
      body.items.map(({ id }) =>
        syncCrm(world.deps, { portalId: world.portalId, conversationId: asId<ConversationId>(id) }),
      ),
    )
    await world.drain({ delayed: true })
    expect(ours()).toHaveLength(1)
    expect(await owners()).toEqual([`lead:${ours()[0]?.id}`, `lead:${ours()[0]?.id}`])
  })

  test('gets a contact where the administrator chose so', async () => {
    await choose({ newSenderRecord: 'contact' })
    await write('Hello', stranger())
    expect(ours()).toMatchObject([{ type: 'contact', name: 'Ion' }])
  })

  test('gets a contact where leads are switched off, even before we know it', async () => {
    world.simulated.state.leads = false
    await write('Hello', stranger())
    expect(ours()).toMatchObject([{ type: 'contact', name: 'Ion' }])
  })

  test('with a user id only gets a record too', async () => {
    const hidden = world.graph.customer({ userId: 'US.1', username: 'pablo', phoneHidden: true })
    await write('Hola', hidden)
    expect(ours()).toMatchObject([{ type: 'lead', fm: [] }])
    expect(await owners()).toEqual([`lead:${ours()[0]?.id}`])
  })

  test('gets one record although the answer to adding it was lost', async () => {
    world.bitrix.control.failNext({ method: 'crm.item.add', as: 'drop-after' })
    await write('Hello', stranger())
    await world.drain({ delayed: true })
    expect(ours()).toHaveLength(1)
    expect(await owners()).toEqual([`lead:${ours()[0]?.id}`])
  })

  test('gets a record when the portal comes back', async () => {
    world.bitrix.control.failNext({ method: 'crm.item.add', as: '500', times: 1 })
    await write('Hello', stranger())
    world.advance(61_000)
    await world.drain({ delayed: true })
    expect(ours()).toHaveLength(1)
    expect(await owners()).toHaveLength(1)
  })

  test('is looked up by one process at a time', async () => {
    const ion = stranger()
    ion.write({ to: NUMBER, text: 'Hello' })
    await world.graph.settle()
    await ingestWaiting(world.deps)
    const id = await onlyId()
    const due = { portalId: world.portalId, conversationId: id }
    await Promise.all([1, 2, 3].map(() => syncCrm(world.deps, due)))
    await world.drain({ delayed: true })
    expect(ours()).toHaveLength(1)
    expect(world.simulated.activities()).toHaveLength(1)
  })
})

describe('until it is bound', () => {
  test('a conversation is seen by administrators only', async () => {
    world.bitrix.control.failNext({
      method: 'crm.duplicate.findbycomm',
      as: 'OPERATION_TIME_LIMIT',
      times: 9,
    })
    await write()
    expect(await owners()).toEqual([])
    const id = await onlyId()
    expect((await world.call('1', 'GET', `/api/conversations/${id}`)).status).toBe(200)
    expect((await world.call('2', 'GET', `/api/conversations/${id}`)).status).toBe(404)
    expect((await world.call('2', 'GET', `/api/conversations/${id}/binding`)).status).toBe(404)
  })
})

describe('moving by hand', () => {
  const bindingOf = (user: string, id: string) =>
    world.call<Binding>(user, 'GET', `/api/conversations/${id}/binding`)
  const moveTo = (user: string, id: string, entityType: string, entityId: number) =>
    world.call<Binding>(user, 'POST', `/api/conversations/${id}/binding`, {
      entityType,
      entityId: String(entityId),
    })
  const undo = (user: string, id: string) =>
    world.call<Binding>(user, 'POST', `/api/conversations/${id}/binding/undo`)

  test('binds to another record, says who did it, and can be undone once', async () => {
    const id = await world.begin()
    const other = world.simulated.addContact({ name: 'Other', lastName: 'One' })
    const moved = await moveTo('2', id, 'contact', other.id)
    expect(moved).toMatchObject({
      status: 200,
      body: { records: [{ title: 'Other One' }], reason: 'moved', movedBy: 'Ben', canUndo: true },
    })
    const undone = await undo('2', id)
    expect(undone).toMatchObject({
      status: 200,
      body: { records: [{ title: 'Elena' }], reason: 'phone', canUndo: false },
    })
    expect(await undo('2', id)).toMatchObject({ status: 409, body: { error: { code: 'nothing_to_undo' } } })
    const audit = await withPortal(
      world.deps.db,
      world.portalId,
      ({ sql }) => sql<{ action: string }[]>`
        select action from app.audit where actor_id = '2' and action like 'conversation.%' order by at, id`,
    )
    expect(audit.map(({ action }) => action)).toEqual(['conversation.moved', 'conversation.move-undone'])
  })

  test('needs the right to read both, and neither is there otherwise', async () => {
    const id = await world.begin()
    const secret = world.simulated.addContact({ name: 'Secret' })
    const mine = world.simulated.addContact({ name: 'Mine' })
    world.simulated.setRights(2, { contact: { read: 'none', allow: [mine.id] } })
    expect((await moveTo('2', id, 'contact', mine.id)).status).toBe(404)
    world.simulated.setRights(2, { contact: { read: 'none', allow: [world.contact.id] } })
    world.advance(61_000)
    expect((await moveTo('2', id, 'contact', secret.id)).status).toBe(404)
    expect((await moveTo('2', id, 'contact', 999_999)).status).toBe(404)
    expect(await owners()).toEqual([`contact:${world.contact.id}`])
  })

  test('moves what is seen along: the history leaves the old record for the new one', async () => {
    const id = await world.begin()
    await world.pass(3000)
    const other = world.simulated.addContact({ name: 'Other' })
    await moveTo('2', id, 'contact', other.id)
    await world.drain({ delayed: true })
    expect(world.simulated.activities().map(({ bindings }) => bindings)).toEqual([
      [{ entityTypeId: 3, entityId: other.id }],
    ])
    world.customer.write({ to: NUMBER, text: 'after the move' })
    await world.drain({ delayed: true })
    expect(world.simulated.activities()).toHaveLength(1)
    expect(JSON.stringify(world.simulated.activities()[0]?.layout)).toContain('after the move')
  })

  test('is not undone by whom may not read what it would go back to', async () => {
    const id = await world.begin()
    const other = world.simulated.addContact({ name: 'Other' })
    await moveTo('2', id, 'contact', other.id)
    world.simulated.setRights(2, { contact: { read: 'none', allow: [other.id] } })
    world.advance(61_000)
    expect((await bindingOf('2', id)).body).toMatchObject({ canUndo: false })
    expect((await undo('2', id)).status).toBe(409)
    expect((await undo('1', id)).status).toBe(200)
  })

  test.each([
    {},
    { entityType: 'contact' },
    { entityType: 'deal', entityId: 'x' },
    { entityType: 'user', entityId: '1' },
  ])('refuses %j', async (body) => {
    const id = await world.begin()
    const answer = await world.call('2', 'POST', `/api/conversations/${id}/binding`, body)
    expect(answer.status).toBe(422)
  })
})
