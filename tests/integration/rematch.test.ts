import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import type { Binding } from '#server/contract.ts'
import { rematchRecord } from '#server/crm/rematch-record.ts'
import type { ConversationId } from '#server/ids.ts'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'

let world: World
let id: ConversationId
beforeEach(async () => {
  world = await createWorld()
  id = await world.begin()
  await world.drain({ delayed: true })
})
afterEach(() => world.close())

const phones = [`+${CUSTOMER}`]
const gone = (type: 'contact' | 'lead' | 'deal' = 'contact', entityId: number = world.contact.id) =>
  rematchRecord(world.deps, { portalId: world.portalId, entityType: type, entityId: String(entityId) })
const binding = (user = '2') => world.call<Binding>(user, 'GET', `/api/conversations/${id}/binding`)
const undo = (user = '2') => world.call<Binding>(user, 'POST', `/api/conversations/${id}/binding/undo`)
const audited = async () => {
  const rows = await withPortal(
    world.deps.db,
    world.portalId,
    ({ sql }) => sql<{ action: string }[]>`
      select action from app.audit where action like 'conversation.%' order by at, id`,
  )
  return rows.map(({ action }) => action)
}

test('a deletion that the portal does not confirm changes nothing', async () => {
  await gone()
  expect((await binding()).body).toMatchObject({ records: [{ title: 'Elena' }], reason: 'phone' })
  expect(await audited()).toEqual([])
})

test('a portal that does not answer is asked again later', async () => {
  world.simulated.addLead({ title: 'Lead', phones })
  world.simulated.deleteRecord('contact', world.contact.id)
  world.bitrix.control.failNext({ method: 'crm.item.get', as: '500' })
  await gone()
  expect(await audited()).toEqual([])
  await world.drain({ delayed: true })
  expect((await binding()).body).toMatchObject({ records: [{ title: 'Lead' }] })
})

describe('when the record is gone', () => {
  test('another match by phone takes the conversation, says so and is audited once', async () => {
    world.simulated.addLead({ title: 'Lead', phones })
    world.simulated.deleteRecord('contact', world.contact.id)
    await gone()
    await gone()
    expect((await binding()).body).toMatchObject({
      records: [{ type: 'lead', title: 'Lead' }],
      ...{ reason: 'matched-again', movedBy: null },
    })
    expect(await audited()).toEqual(['conversation.matched-again'])
    await world.drain({ delayed: true })
    expect(world.simulated.activities()).toMatchObject([{ owner: { entityTypeId: 1 } }])
  })

  test('and nobody else has the phone, only administrators see it, and no new record is made', async () => {
    world.simulated.deleteRecord('contact', world.contact.id)
    await gone()
    await gone()
    expect((await binding('2')).status).toBe(404)
    expect((await binding('1')).body).toEqual({
      ...{ records: [], candidates: [], reason: null, movedBy: null, canUndo: false },
    })
    expect((await world.call('2', 'GET', `/api/conversations/${id}`)).status).toBe(404)
    expect(await audited()).toEqual(['conversation.dissolved'])
    world.customer.write({ to: NUMBER, text: 'still here' })
    await world.drain({ delayed: true })
    expect(world.simulated.crm()).toEqual([])
    const found = world.simulated.addContact({ name: 'Elena again', phones })
    world.customer.write({ to: NUMBER, text: 'and again' })
    await world.drain({ delayed: true })
    expect((await binding()).body).toMatchObject({ records: [{ id: String(found.id) }], reason: 'phone' })
  })

  test('an administrator binds a dissolved conversation by hand', async () => {
    world.simulated.deleteRecord('contact', world.contact.id)
    await gone()
    const other = world.simulated.addContact({ name: 'Other' })
    const input = { entityType: 'contact', entityId: String(other.id) }
    const path = `/api/conversations/${id}/binding`
    expect((await world.call('2', 'POST', path, input)).status).toBe(404)
    expect((await world.call('1', 'POST', path, input)).status).toBe(200)
    expect((await binding('2')).body).toMatchObject({ records: [{ title: 'Other' }], movedBy: 'Ada' })
    await world.drain({ delayed: true })
    expect(world.simulated.activities()).toMatchObject([{ owner: { entityId: other.id } }])
  })

  test('the conversation stays with its other records', async () => {
    const deal = world.simulated.addDeal({ title: 'Deal' })
    await withPortal(
      world.deps.db,
      world.portalId,
      ({ sql }) => sql`
        insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
        values (${world.portalId}, ${id}, 'deal', ${String(deal.id)}, false)`,
    )
    world.simulated.addLead({ title: 'Lead', phones })
    world.simulated.deleteRecord('contact', world.contact.id)
    await gone()
    expect((await binding()).body).toMatchObject({ records: [{ type: 'deal', title: 'Deal' }] })
    expect(await audited()).toEqual(['conversation.record-left'])
  })

  test('a match after it can be undone by an administrator: then it is bound to nothing', async () => {
    world.simulated.addLead({ title: 'Lead', phones })
    world.simulated.deleteRecord('contact', world.contact.id)
    world.advance(61_000)
    await gone()
    expect((await binding('2')).body).toMatchObject({ canUndo: false })
    expect((await undo('2')).status).toBe(409)
    expect((await binding('1')).body).toMatchObject({ canUndo: true })
    expect((await undo('1')).body).toMatchObject({ records: [], canUndo: false })
    expect((await binding('2')).status).toBe(404)
  })

  test('a history entry on it is not told twice, and a deal deleted in silence doubles none', async () => {
    world.simulated.state.records = world.simulated.state.records.filter(({ type }) => type !== 'contact')
    world.simulated.addLead({ title: 'Lead', phones })
    world.advance(30 * 3_600_000)
    world.customer.write({ to: NUMBER, text: 'next day' })
    await world.drain({ delayed: true })
    world.customer.write({ to: NUMBER, text: 'and more' })
    await world.drain({ delayed: true })
    const told = world.simulated
      .activities()
      .filter(({ layout }) => JSON.stringify(layout).includes('next day'))
    expect(told).toMatchObject([{ owner: { entityTypeId: 1 } }])
    expect(JSON.stringify(told[0]?.layout)).toContain('and more')
  })
})
