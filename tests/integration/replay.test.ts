import { afterAll, beforeAll, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { replayDeliveries } from '#server/delivery/replay-deliveries.ts'
import type { PortalId } from '#server/ids.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import {
  deliveryBody,
  inboundEdit,
  inboundImage,
  inboundReaction,
  inboundRevoke,
  inboundText,
  statusUpdate,
  userChangedNumber,
} from '#tests/support/make.ts'
import { makeWamid } from '#tests/simulators/graph-api/wamid.ts'

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

const hourAgo = () => new Date(Date.now() - 3_600_000)
const TABLES = [
  'person',
  'person_alias',
  'conversation',
  'message',
  'message_payload',
  'parked_status',
  'channel',
]
const everything = (portalId: PortalId) =>
  withPortal(world.deps.db, portalId, async (tx) => {
    const rows: Record<string, unknown> = {}
    for (const table of TABLES) {
      rows[table] =
        await tx.sql`select to_jsonb(t) as row from ${tx.sql(`app.${table}`)} t order by to_jsonb(t)::text`
    }
    return rows
  })

test('replaying everything changes nothing that is right', async () => {
  const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), '4001')
  const who = { phoneNumberId, from: '16505551234', name: 'Sheena' }
  const at = Math.floor(Date.now() / 1000) - 600
  const [a, b] = [makeWamid(who.from, 'in'), makeWamid(who.from, 'in')]
  const changes = [
    inboundText({ ...who, wamid: a, at, text: 'first' }),
    inboundText({ ...who, wamid: b, at: at + 1, text: 'second' }),
    inboundImage({ ...who, at: at + 2 }),
    inboundReaction({ ...who, at: at + 3, messageId: a, emoji: '👍' }),
    inboundEdit({ ...who, at: at + 4, originalId: a, text: 'first, edited' }),
    inboundEdit({ ...who, at: at + 5, originalId: a, text: 'first, edited again' }),
    inboundRevoke({ ...who, at: at + 6, originalId: b }),
    userChangedNumber({ ...who, at: at + 7, newPhone: '12195555358' }),
    inboundText({ ...who, from: '12195555358', name: 'Sheena N.', at: at + 8, text: 'new phone' }),
    statusUpdate({ phoneNumberId, wamid: 'wamid.early', status: 'read' }),
  ]
  await world.deliver(...changes.map((change) => deliveryBody([change])))
  const before = await everything(portalId)
  const result = await replayDeliveries(world.deps, { since: hourAgo() })
  expect(result).toMatchObject({ deliveries: changes.length, messages: 0, statuses: 0, failed: 0 })
  expect(await everything(portalId)).toEqual(before)
})

test('what was lost comes back, in its old place', async () => {
  const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), '4002')
  const at = Math.floor(Date.now() / 1000) - 600
  const texts = ['one', 'two', 'three']
  await world.deliver(
    ...texts.map((text) => deliveryBody([inboundText({ phoneNumberId, from: '16505551234', at, text })])),
  )
  await withPortal(
    world.deps.db,
    portalId,
    (tx) => tx.sql`delete from app.message where portal_id = ${portalId} and text = 'two'`,
  )
  expect(await replayDeliveries(world.deps, { since: hourAgo() })).toMatchObject({ messages: 1 })
  expect((await world.shown(portalId)).map(({ text }) => text)).toEqual(texts)
})

test('--channel replays the bodies of one number only, --since the later ones only', async () => {
  const one = await world.connect(await world.addPortal(), '4003')
  const other = await world.connect(await world.addPortal(), '4004')
  for (const { phoneNumberId } of [one, other]) {
    await world.deliver(deliveryBody([inboundText({ phoneNumberId, from: '16505551234', text: 'x' })]))
  }
  const chosen = await replayDeliveries(world.deps, { since: hourAgo(), channelId: one.channelId })
  expect(chosen.deliveries).toBe(1)
  const later = await replayDeliveries(world.deps, { since: new Date(Date.now() + 60_000) })
  expect(later.deliveries).toBe(0)
})

test('quarantine is replayed too: connected meanwhile, it enters', async () => {
  await world.deliver(
    deliveryBody([inboundText({ phoneNumberId: '4005', from: '16505551234', text: 'waited' })]),
  )
  const { portalId } = await world.connect(await world.addPortal(), '4005', new Date(Date.now() - 1_000))
  const { leftQuarantine } = await replayDeliveries(world.deps, { since: new Date(Date.now() + 60_000) })
  expect(leftQuarantine).toBeGreaterThanOrEqual(1)
  expect((await world.shown(portalId)).map(({ text }) => text)).toEqual(['waited'])
})
