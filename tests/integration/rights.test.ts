import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import type { RecordRef } from '#server/contract.ts'
import { readableRecords } from '#server/crm/read-rights.ts'
import { relatedRecords } from '#server/crm/related-records.ts'
import { createWorld, NUMBER, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const contact = (id: number): RecordRef => ({ type: 'contact', id: String(id) })
const ben = () => ({ portalId: world.portalId, userId: '2' })
const listings = () => world.bitrix.control.callsOf('crm.item.list').length
const requests = () => world.bitrix.control.requests().length

describe('a colleague without the right to a record', () => {
  test('finds nothing of its conversation by any route, and learns nothing from the answers', async () => {
    const id = await world.begin('LEAK_PROBE_text')
    world.simulated.setRights(2, { contact: 'none' })
    const record = { entityType: 'contact', entityId: String(world.contact.id) }
    const query = new URLSearchParams(record).toString()
    const channel = (await world.conversation(id, '1')).channel.id
    const asked = (method: string, path: string, body?: unknown) => world.call('2', method, path, body)
    const hidden = [
      await asked('GET', `/api/conversations/${id}`),
      await asked('GET', `/api/conversations/${id}/messages`),
      await asked('GET', `/api/conversations/${id}/binding`),
      await asked('POST', `/api/conversations/${id}/binding`, record),
      await asked('POST', `/api/conversations/${id}/binding/undo`),
      await asked('GET', `/api/start-options?${query}`),
      await asked('POST', '/api/conversations', { channelId: channel, ...record }),
      await world.send(id, 'Hello'),
    ]
    const missing = await asked('GET', `/api/conversations/${crypto.randomUUID()}`)
    for (const answer of hidden) {
      const { code, message } = (answer.body as { error: { code: string; message: string } }).error
      expect([answer.status, code]).toEqual([404, 'not_found'])
      expect(message).not.toMatch(/Elena|contact|deal/)
    }
    expect(missing.status).toBe(404)
    const lists = [
      await asked('GET', `/api/conversations?${query}`),
      await asked('GET', '/api/conversations'),
      await asked('GET', '/api/records?entityType=contact&query=Elena'),
    ]
    for (const answer of lists) expect(answer).toMatchObject({ status: 200, body: { items: [] } })
    expect(JSON.stringify([...hidden, ...lists])).not.toMatch(/LEAK_PROBE|Elena|15550101234/)
  })

  test('is not let in through another record they may read', async () => {
    const id = await world.begin()
    const mine = world.simulated.addContact({ name: 'Mine', assignedById: 2 })
    world.simulated.setRights(2, { contact: 'own' })
    const move = { entityType: 'contact', entityId: String(mine.id) }
    expect((await world.call('2', 'POST', `/api/conversations/${id}/binding`, move)).status).toBe(404)
    expect((await world.call('1', 'GET', `/api/conversations/${id}/binding`)).body).toMatchObject({
      records: [contact(world.contact.id)],
    })
  })

  test('does not see it on the card of a deal of that contact', async () => {
    await world.begin()
    const deal = world.simulated.addDeal({ title: 'Offer', contactId: world.contact.id })
    world.simulated.setRights(2, { contact: 'none' })
    const path = `/api/conversations?entityType=deal&entityId=${deal.id}`
    expect((await world.call('2', 'GET', path)).body).toMatchObject({ items: [] })
    expect((await world.call<{ items: unknown[] }>('1', 'GET', path)).body.items).toHaveLength(1)
  })

  test('sends nothing into a conversation that leaves their reach while the portal is asked', async () => {
    const id = await world.begin()
    const mine = world.simulated.addContact({ name: 'Mine', assignedById: 2 })
    world.simulated.setRights(2, { contact: 'own' })
    const bindTo = (contactId: number) =>
      withPortal(
        world.deps.db,
        world.portalId,
        (tx) => tx.sql`update app.binding set entity_id = ${String(contactId)} where conversation_id = ${id}`,
      )
    await bindTo(mine.id)
    const release = world.bitrix.control.hold({ method: 'crm.item.list' })
    const sending = world.send(id, 'Too late')
    await sleep(300)
    await bindTo(world.contact.id)
    release()
    expect((await sending).status).toBe(404)
    await bindTo(mine.id)
    expect((await world.send(id, 'In time')).status).toBe(202)
  })

  test('is asked about even when an administrator', async () => {
    const id = await world.begin()
    world.simulated.setRights(1, { contact: 'none' })
    world.advance(61_000)
    expect((await world.call('1', 'GET', `/api/conversations/${id}`)).status).toBe(404)
  })
})

describe('an answer', () => {
  test('holds a minute, whichever it is, and not longer', async () => {
    const id = await world.begin()
    const sees = async () => (await world.call('2', 'GET', `/api/conversations/${id}`)).status === 200
    expect(await sees()).toBe(true)
    const before = listings()
    world.simulated.setRights(2, { contact: 'none' })
    world.advance(59_000)
    expect(await sees()).toBe(true)
    expect(listings()).toBe(before)
    world.advance(1_001)
    expect(await sees()).toBe(false)
    world.simulated.setRights(2, 'all')
    world.advance(59_000)
    expect(await sees()).toBe(false)
    world.advance(1_001)
    expect(await sees()).toBe(true)
  })

  test('is as old as the question, also for whoever joined the question later', async () => {
    const release = world.bitrix.control.hold({ method: 'crm.item.list' })
    const first = readableRecords(world.deps, ben(), [contact(world.contact.id)])
    world.advance(40_000)
    const second = readableRecords(world.deps, ben(), [contact(world.contact.id)])
    release()
    expect([...(await first), ...(await second)]).toHaveLength(2)
    world.simulated.setRights(2, { contact: 'none' })
    world.advance(20_001)
    expect(await readableRecords(world.deps, ben(), [contact(world.contact.id)])).toEqual(new Set())
  })

  test('is shared by eight cards that open at once', async () => {
    const refs = [contact(world.contact.id)]
    const before = listings()
    await Promise.all(Array.from({ length: 8 }, () => readableRecords(world.deps, ben(), refs)))
    expect(listings() - before).toBe(1)
  })

  test('of one user is none of another’s', async () => {
    const refs = [contact(world.contact.id)]
    world.simulated.setRights(2, { contact: 'none' })
    const ada = { portalId: world.portalId, userId: '1' }
    expect(await readableRecords(world.deps, ada, refs)).toEqual(new Set([`contact:${world.contact.id}`]))
    expect(await readableRecords(world.deps, ben(), refs)).toEqual(new Set())
  })

  test('about hundreds of records of every type costs one request', async () => {
    const ids = Array.from(
      { length: 120 },
      (_, index) => world.simulated.addContact({ name: `N${index}` }).id,
    )
    const lead = world.simulated.addLead({ title: 'Lead' })
    const refs: RecordRef[] = [...ids.map(contact), { type: 'lead', id: String(lead.id) }, contact(999_999)]
    world.simulated.setRights(2, { contact: { deny: ids.slice(0, 20) } })
    const before = requests()
    const readable = await readableRecords(world.deps, ben(), refs)
    expect(requests() - before).toBe(1)
    expect(readable.size).toBe(101)
    expect(readable.has('contact:999999')).toBe(false)
  })
})

describe('no answer', () => {
  test.each(['INTERNAL_SERVER_ERROR', 'OPERATION_TIME_LIMIT', '500', 'html', 'drop-after'] as const)(
    'is never a yes (%s), and is not kept',
    async (as) => {
      const id = await world.begin()
      world.advance(61_000)
      world.bitrix.control.failNext({ method: 'crm.item.list', as })
      const answer = await world.call('2', 'GET', `/api/conversations/${id}/messages`)
      expect(answer).toMatchObject({ status: 503, body: { error: { code: 'rights_unavailable' } } })
      expect(JSON.stringify(answer.body)).not.toContain('Hello')
      if (as === 'OPERATION_TIME_LIMIT') return
      expect((await world.call('2', 'GET', `/api/conversations/${id}/messages`)).status).toBe(200)
    },
  )

  test('about a user the portal has dismissed shows nothing and ends the session', async () => {
    const id = await world.begin()
    world.advance(61_000)
    world.simulated.dismissUser(2)
    const path = `/api/conversations/${id}`
    expect((await world.call('2', 'GET', path)).status).toBe(503)
    world.advance(10_000)
    expect((await world.call('2', 'GET', path)).status).toBe(401)
  })
})

describe('what belongs to a card', () => {
  test('is asked once a minute with the user’s own token', async () => {
    const company = world.simulated.addCompany({ title: 'Oak Ltd' })
    const maria = world.simulated.addContact({ name: 'Maria', companyId: company.id })
    const deal = { contactIds: [world.contact.id, maria.id], companyId: company.id }
    const { id } = world.simulated.addDeal({ title: 'Offer', ...deal })
    const ofDeal = await relatedRecords(world.deps, ben(), { type: 'deal', id: String(id) })
    expect(ofDeal).toEqual([
      contact(world.contact.id),
      contact(maria.id),
      { type: 'company', id: String(company.id) },
    ])
    const ofCompany = { type: 'company', id: String(company.id) } as const
    expect(await relatedRecords(world.deps, ben(), ofCompany)).toEqual([contact(maria.id)])
    const before = requests()
    await relatedRecords(world.deps, ben(), ofCompany)
    expect(requests()).toBe(before)
    expect(new Set(world.bitrix.control.callsOf('crm.item.get').map(({ userId }) => userId))).toEqual(
      new Set([2]),
    )
  })

  test('is nothing when the card is gone or closed to the user', async () => {
    const deal = world.simulated.addDeal({ title: 'Offer', contactId: world.contact.id })
    world.simulated.setRights(2, { deal: 'none' })
    expect(await relatedRecords(world.deps, ben(), { type: 'deal', id: String(deal.id) })).toEqual([])
    expect(await relatedRecords(world.deps, ben(), { type: 'lead', id: '999' })).toEqual([])
  })

  test('leads from a converted lead to its contact', async () => {
    const lead = world.simulated.addLead({ title: 'Lead', contactId: world.contact.id })
    const related = await relatedRecords(world.deps, ben(), { type: 'lead', id: String(lead.id) })
    expect(related).toEqual([contact(world.contact.id)])
    world.customer.write({ to: NUMBER, text: 'Hello' })
    await world.drain()
    const path = `/api/conversations?entityType=lead&entityId=${lead.id}`
    expect((await world.call<{ items: unknown[] }>('2', 'GET', path)).body.items).toHaveLength(1)
  })
})
