import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const refsNow = () =>
  withPortal(
    world.deps.db,
    world.portalId,
    ({ sql }) => sql<{ type: string; id: string; owner: boolean }[]>`
      select entity_type as type, entity_id as id, is_owner as owner from app.binding
      where portal_id = ${world.portalId} order by is_owner desc, entity_type, entity_id`,
  )
const write = async (text = 'Hello', from = world.customer) => {
  from.write({ to: NUMBER, text })
  await world.drain()
}

test('a sender whose phone a contact has is bound to that contact', async () => {
  await write()
  expect([...(await refsNow())]).toEqual([{ type: 'contact', id: String(world.contact.id), owner: true }])
})
