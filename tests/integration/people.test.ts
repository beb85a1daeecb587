import { afterAll, beforeAll, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import type { PortalId } from '#server/ids.ts'
import { findOrCreatePerson } from '#server/person/find-or-create-person.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import {
  deliveryBody,
  inboundText,
  statusUpdate,
  userChangedNumber,
  userChangedUserId,
  type Change,
} from '#tests/support/make.ts'

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

let numbers = 3_000
const scene = async () => {
  const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), String(++numbers))
  return {
    ...{ portalId, phoneNumberId },
    take: (...changes: Change[]) => world.deliver(...changes.map((change) => deliveryBody([change]))),
    people: async () => new Set((await world.shown(portalId)).map(({ personId }) => personId)).size,
    last: async () => (await world.shown(portalId)).at(-1),
  }
}
const aliases = (portalId: PortalId) =>
  withPortal(
    world.deps.db,
    portalId,
    (tx) => tx.sql<{ kind: string; value: string }[]>`
      select kind, value from app.person_alias where portal_id = ${portalId} order by kind, value`,
  )

test('somebody with a user id only is a person without a phone; the phone comes later', async () => {
  const { take, people, last, phoneNumberId } = await scene()
  const who = { phoneNumberId, userId: 'US.13491208655302741918', name: 'Sheena', username: 'realsheena' }
  await take(inboundText({ ...who, text: 'hidden' }))
  expect(await last()).toMatchObject({ phone: null, username: 'realsheena', personName: 'Sheena' })
  await take(
    inboundText({ ...who, from: '16505551234', text: 'shown', at: Math.floor(Date.now() / 1000) + 5 }),
  )
  expect(await last()).toMatchObject({ phone: '+16505551234' })
  await take(inboundText({ phoneNumberId, from: '16505551234', text: 'phone only' }))
  expect(await people()).toBe(1)
})

test('the user name is a label that follows its owner', async () => {
  const { take, people, last, phoneNumberId } = await scene()
  const who = { phoneNumberId, userId: 'US.777' }
  const at = Math.floor(Date.now() / 1000)
  await take(inboundText({ ...who, username: 'before', at, text: '1' }))
  await take(inboundText({ ...who, username: 'after', at: at + 1, text: '2' }))
  await take(inboundText({ ...who, username: 'older', at: at - 100, text: '0' }))
  expect(await last()).toMatchObject({ username: 'after' })
  expect(await people()).toBe(1)
})

test('user id and phone of two known people: the phone decides, nobody is merged', async () => {
  const { take, people, portalId, phoneNumberId } = await scene()
  await take(inboundText({ phoneNumberId, userId: 'US.1', text: 'by user id' }))
  await take(inboundText({ phoneNumberId, from: '16505550001', text: 'by phone' }))
  await take(inboundText({ phoneNumberId, from: '16505550001', userId: 'US.1', text: 'both' }))
  const shown = await world.shown(portalId)
  const byText = (text: string) => shown.find((message) => message.text === text)?.personId
  expect(byText('both')).toBe(byText('by phone'))
  expect(await people()).toBe(2)
  const told = world.lines.filter((line) => line.includes('person.conflict'))
  expect(told).toHaveLength(1)
  expect(told[0]).not.toMatch(/16505550001|US\.1/)
})

test('a changed number stays the same person, and the new number is written to', async () => {
  const { take, people, last, phoneNumberId } = await scene()
  const old = { phoneNumberId, from: '16505551234', userId: 'US.OLD1', name: 'Sheena' }
  const at = Math.floor(Date.now() / 1000)
  await take(
    inboundText({ ...old, at: at - 10, text: 'old number' }),
    userChangedNumber({ ...old, at: at - 5, newPhone: '12195555358', newUserId: 'US.NEW1' }),
    inboundText({ phoneNumberId, from: '12195555358', userId: 'US.NEW1', at, text: 'new number' }),
  )
  expect(await last()).toMatchObject({ text: 'new number', phone: '+12195555358' })
  expect(await people()).toBe(1)
})

test('a changed user id without any phone stays the same person', async () => {
  const { take, people, portalId, phoneNumberId } = await scene()
  await take(
    inboundText({ phoneNumberId, userId: 'US.OLD2', text: 'before' }),
    userChangedUserId({ phoneNumberId, userId: 'US.OLD2', newUserId: 'US.NEW2' }),
    inboundText({ phoneNumberId, userId: 'US.NEW2', text: 'after' }),
  )
  expect(await people()).toBe(1)
  const system = (await world.shown(portalId)).find(({ kind }) => kind === 'system')
  expect(system).toMatchObject({ unanswered: 2 })
})

test('a change notice that comes after the first message of the new number merges nobody', async () => {
  const { take, people, phoneNumberId } = await scene()
  await take(
    inboundText({ phoneNumberId, from: '16505551234', text: 'old' }),
    inboundText({ phoneNumberId, from: '12195555358', text: 'new' }),
    userChangedNumber({ phoneNumberId, from: '16505551234', newPhone: '12195555358' }),
  )
  expect(await people()).toBe(2)
})

test('a number dialled with Brazil’s ninth digit and the id without it are one person', async () => {
  const { take, people, portalId, phoneNumberId } = await scene()
  const started = await withPortal(world.deps.db, portalId, (tx) =>
    findOrCreatePerson(tx, portalId, { phone: '5511987654321' }, 'Ana'),
  )
  await take(inboundText({ phoneNumberId, from: '551187654321', text: 'oi' }))
  expect(await people()).toBe(1)
  expect((await world.shown(portalId))[0]?.personId).toBe(started)
})

test('a status that names phone and user id links the two', async () => {
  const { take, people, phoneNumberId } = await scene()
  await take(
    inboundText({ phoneNumberId, from: '16505551234', text: 'by phone' }),
    statusUpdate({
      ...{ phoneNumberId, wamid: 'wamid.unknown', status: 'delivered' },
      ...{ recipient: '16505551234', recipientUserId: 'US.LINKED' },
    }),
    inboundText({ phoneNumberId, userId: 'US.LINKED', text: 'by user id' }),
  )
  expect(await people()).toBe(1)
})

test('twenty first messages of one sender at once make one person', async () => {
  const { portalId, phoneNumberId } = await scene()
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      withPortal(world.deps.db, portalId, (tx) =>
        findOrCreatePerson(tx, portalId, { phone: '16505559999', bsuid: `US.${n % 2}` }, 'Race'),
      ),
    ),
  )
  await world.deliver(deliveryBody([inboundText({ phoneNumberId, from: '16505559999', text: 'x' })]))
  expect((await aliases(portalId)).map(({ value }) => value)).toEqual([
    'US.0',
    'US.1',
    '16505559999',
    '16505559999',
  ])
})
