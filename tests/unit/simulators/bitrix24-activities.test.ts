import { expect, it } from 'vitest'
import { at, createWorld, type World } from './bitrix24-world.ts'

const text = (value: string) => ({ type: 'text', properties: { value } })
const layout = {
  icon: { code: 'whatsapp' },
  header: { title: { en: 'WhatsApp', ru: 'WhatsApp' } },
  body: { logo: { code: 'call' }, blocks: { m1: text('Hello') } },
  footer: {
    buttons: {
      open: {
        title: 'Open',
        type: 'primary',
        action: { type: 'openRestApp', actionParams: { thread: '5' } },
      },
    },
  },
}
const blocks = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`b${index}`, text('x')]))

const add = (world: World, ownerId: number, change: object = {}, fields: object = {}) =>
  world.call('crm.activity.configurable.add', {
    ...{ ownerTypeId: 3, ownerId, fields, layout: { ...layout, ...change } },
  })

it('keeps a configurable activity with its layout and counts its revisions', async () => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann' })
  const added = await add(world, id, {}, { isIncomingChannel: 'Y', originId: 'w1' })
  const activityId = at(added.body, 'result.activity.id')
  const change = {
    id: activityId,
    fields: { completed: true },
    layout: { ...layout, header: { title: 'Two' } },
  }
  expect((await world.call('crm.activity.configurable.update', change)).status).toBe(200)
  expect(world.portal.activities()).toMatchObject([
    {
      ...{ id: activityId, revision: 2, bindings: [{ entityTypeId: 3, entityId: id }] },
      fields: { completed: true, isIncomingChannel: true, originId: 'w1' },
      layout: { header: { title: 'Two' } },
    },
  ])
  const listed = await world.call('crm.activity.list', {
    filter: { OWNER_ID: id, OWNER_TYPE_ID: 3, PROVIDER_ID: 'CONFIGURABLE_REST_APP', ORIGIN_ID: 'ignored' },
  })
  expect(listed.body['result']).toMatchObject([{ ID: String(activityId), ORIGIN_ID: 'w1', COMPLETED: 'Y' }])
})

it.each([
  ['FIELD_IS_REQUIRED', { icon: {} }],
  ['FIELD_IS_REQUIRED', { body: { logo: { code: 'call' }, blocks: {} } }],
  ['FIELD_IS_REDUNDANT', { sidebar: {} }],
  ['TOO_MANY_ITEMS', { body: { logo: { code: 'call' }, blocks: blocks(21) } }],
  ['KEY_CONTAIN_WRONG_SYMBOLS', { body: { logo: { code: 'call' }, blocks: { 'a b': text('x') } } }],
  ['ENUM_FIELD', { body: { logo: { code: 'call' }, blocks: { a: { type: 'image', properties: {} } } } }],
  ['ENUM_FIELD', { header: { title: 'T', tags: { a: { title: 'x', type: 'lavender' } } } }],
  ['WRONG_LANG', { header: { title: { xx: 'T' } } }],
  [
    'TOO_MANY_ITEMS',
    {
      header: {
        title: 'T',
        tags: {
          a: { title: 'x', type: 'success' },
          b: { title: 'x', type: 'success' },
          c: { title: 'x', type: 'success' },
        },
      },
    },
  ],
  ['FIELD_IS_REQUIRED', { footer: { buttons: { a: { title: 'x', type: 'primary' } } } }],
])('refuses a wrong layout with %s', async (code, change) => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann' })
  const { status, body } = await add(world, id, change)
  expect([status, body['error']]).toEqual([400, code])
})

it('refuses an incoming activity with a deadline, an unknown owner and one out of reach', async () => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann' })
  const dated = await add(world, id, {}, { isIncomingChannel: true, deadline: '2027-01-01T10:00:00+00:00' })
  expect(dated.body['error']).toBe('INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE')
  expect((await add(world, 999)).body['error']).toBe('OWNER_NOT_FOUND')
  const params = { ownerTypeId: 3, ownerId: id, fields: {}, layout }
  const denied = await world.call('crm.activity.configurable.add', params, world.rep)
  expect(denied.body['error']).toBe('ACCESS_DENIED')
})

it('lets only the application that made it change an activity', async () => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann' })
  const made = await add(world, id)
  const { accessToken } = world.portal.addSibling().tokens(world.admin)
  const body = JSON.stringify({
    auth: accessToken,
    id: at(made.body, 'result.activity.id'),
    fields: {},
    layout,
  })
  const headers = { 'content-type': 'application/json' }
  const url = `${world.portal.origin}/rest/crm.activity.configurable.update`
  const response = await world.b24.fetch(new Request(url, { method: 'POST', headers, body }))
  expect((await response.json()).error).toBe('ERROR_WRONG_APPLICATION')
})

it('binds an activity to more records, once each, and keeps the last binding', async () => {
  const world = createWorld()
  const contact = world.portal.addContact({ name: 'Ann' })
  const deal = world.portal.addDeal({ title: 'D' })
  const activityId = at((await add(world, contact.id)).body, 'result.activity.id')
  const bind = (verb: string, entityTypeId: number, entityId: number) =>
    world.call(`crm.activity.binding.${verb}`, { activityId, entityTypeId, entityId })
  expect((await bind('add', 2, deal.id)).body['result']).toBe(true)
  expect((await bind('add', 2, deal.id)).body['error']).toBe('ACTIVITY_IS_ALREADY_BOUND')
  world.portal.deleteRecord('contact', contact.id)
  expect(world.portal.activities()).toMatchObject([{ owner: { entityTypeId: 2, entityId: deal.id } }])
  expect((await bind('delete', 2, deal.id)).body['error']).toBe('LAST_BINDING_CANNOT_BE_DELETED')
})
