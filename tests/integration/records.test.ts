import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CrmRecord, StartOptions } from '#server/contract.ts'
import { createWorld, CUSTOMER, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const search = async (query: string, entityType = 'contact', user = '2') => {
  const params = new URLSearchParams({ query, entityType })
  return world.call<{ items: CrmRecord[] }>(user, 'GET', `/api/records?${params}`)
}
const titles = async (query: string, entityType?: string) =>
  (await search(query, entityType)).body.items.map(({ title }) => title)

describe('searching records', () => {
  test('finds every word of the query in name or title, the newest first', async () => {
    world.simulated.addContact({ name: 'Ion', lastName: 'Popescu' })
    world.simulated.addContact({ name: 'Ion', lastName: 'Ceban' })
    expect(await titles('ion')).toEqual(['Ion Ceban', 'Ion Popescu'])
    expect(await titles('Popescu ion')).toEqual(['Ion Popescu'])
    expect(await titles('nobody')).toEqual([])
    world.simulated.addDeal({ title: 'Big deal' })
    expect(await titles('big', 'deal')).toEqual(['Big deal'])
  })

  test('finds a phone in any form', async () => {
    expect(await titles(`+${CUSTOMER}`)).toEqual(['Elena'])
    expect(await titles('+1 555 010-1234')).toEqual(['Elena'])
    expect(await titles('+1 555 010-1235')).toEqual([])
  })

  test('shows only what this user may read', async () => {
    const mine = world.simulated.addContact({ name: 'Elena', lastName: 'Mine' })
    world.simulated.setRights(2, { contact: { read: 'none', allow: [mine.id] } })
    expect(await titles('elena')).toEqual(['Elena Mine'])
    expect(await titles(CUSTOMER)).toEqual([])
    world.simulated.setRights(2, 'none')
    expect(await titles('elena')).toEqual([])
    expect(await titles(CUSTOMER)).toEqual([])
  })

  test('is at most twenty, and says when the portal does not answer', async () => {
    for (let n = 0; n < 30; n++) world.simulated.addContact({ name: `Many ${n}` })
    expect(await titles('many')).toHaveLength(20)
    world.bitrix.control.failNext({ method: 'crm.item.list', as: '500' })
    expect(await search('many')).toMatchObject({
      status: 503,
      body: { error: { code: 'rights_unavailable' } },
    })
  })

  test.each([
    ['', 'contact'],
    ['x'.repeat(101), 'contact'],
    ['x', 'user'],
  ])('refuses %j of %j', async (query, entityType) => {
    expect((await search(query, entityType)).status).toBe(422)
  })
})

describe('what a conversation may be started with', () => {
  const options = (entityType: string, entityId: number, user = '2') =>
    world.call<StartOptions>(user, 'GET', `/api/start-options?entityType=${entityType}&entityId=${entityId}`)

  test('is the connected number and the phones of the record', async () => {
    const { status, body } = await options('contact', world.contact.id)
    expect(status).toBe(200)
    expect(body.channels).toMatchObject([{ kind: 'cloud', name: 'Shop' }])
    expect(body.phones).toEqual([`+${CUSTOMER}`])
  })

  test('is the phone of a deal’s contact', async () => {
    const deal = world.simulated.addDeal({ title: 'Deal', contactId: world.contact.id })
    expect((await options('deal', deal.id)).body.phones).toEqual([`+${CUSTOMER}`])
  })

  test('is not there for a record that is unknown or not for this user', async () => {
    expect((await options('contact', 999_999)).status).toBe(404)
    world.simulated.setRights(2, 'none')
    world.advance(61_000)
    expect((await options('contact', world.contact.id)).status).toBe(404)
  })
})
