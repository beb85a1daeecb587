import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { getTableName } from 'drizzle-orm'
import postgres from 'postgres'
import type { Db } from '#db/pool.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { channel, conversation, message, person, personAlias } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { beginErasure } from '#server/privacy/begin-erasure.ts'
import { eraseExpired } from '#server/privacy/erase-expired.ts'
import { erasePortal } from '#server/privacy/erase-portal.ts'
import { TENANT_TABLES } from '#server/privacy/erasure-plan.ts'
import { portalOfMember, readPortal } from '#server/portal/portals.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, install, open, session } from '../support/pages.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'

let harness: Harness
let portal: Portal
let portalId: PortalId
let owner: postgres.Sql
beforeAll(async () => {
  harness = await createHarness()
  owner = postgres(harness.database.superUrl, { max: 2, onnotice: () => {} })
})
beforeEach(async () => {
  portal = addPortal(harness)
  portalId = await installed(portal)
})
afterAll(async () => {
  await owner.end()
  await harness.close()
})

const DAY = 86_400_000
let numbers = 0

async function installed(one: Portal): Promise<PortalId> {
  await install(harness, one)
  await session(harness, one, { userId: 1, placement: 'DEFAULT' })
  const id = await portalOfMember(harness.deps, one.memberId)
  if (!id) throw new Error('not installed')
  await flushCallLog(harness.deps)
  return id
}

/** A number with some conversations, as if they had come in. */
async function fill(id: PortalId, messages: number): Promise<string> {
  const phoneNumberId = String(7000 + ++numbers)
  const channelId = newId()
  const now = new Date()
  await withPortal(harness.deps.db, id, async (tx) => {
    await tx.orm.insert(channel).values({
      ...{
        portalId: id,
        id: channelId,
        kind: 'cloud',
        name: 'Shop',
        phone: '+1',
        wabaId: '1',
        phoneNumberId,
      },
      ...{ status: 'connected', connectStartedAt: now, connectedAt: now },
    })
    const [personId, conversationId] = [newId(), newId()]
    await tx.orm.insert(person).values({ portalId: id, id: personId })
    await tx.orm.insert(personAlias).values({ portalId: id, kind: 'phone', value: '1', personId })
    await tx.orm.insert(conversation).values({ portalId: id, id: conversationId, channelId, personId })
    const rows = Array.from({ length: messages }, (_, index) => ({
      ...{ portalId: id, id: newId(), conversationId, channelId, rev: index, direction: 'in' as const },
      ...{ kind: 'text', text: 'hello', status: 'received', authorKind: 'customer' as const },
      ...{ sentAt: now, orderId: newId(), position: 0 },
    }))
    await tx.orm.insert(message).values(rows)
  })
  const since = new Date(0)
  await harness.deps.db.sql`select control.take_number(${phoneNumberId}, ${id}, ${channelId}, ${since})`
  return phoneNumberId
}

async function rowsOf(id: PortalId): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of [...TENANT_TABLES.map(getTableName), 'portal']) {
    const [row] = await owner`select count(*)::int as n from ${owner(`app.${name}`)} where portal_id = ${id}`
    if (row?.n > 0) counts[name] = row?.n
  }
  return counts
}

const receipts = () => owner`select * from control.erasure_receipt order by started_at`
const routes = async (number: string) =>
  (await harness.deps.db.sql`select * from control.route_numbers(${[number]})`).length
const isBuried = async (number: string) => {
  const { hash } = await harness.deps.keyring.mac('tombstone', `number:${number}`)
  const hashes = harness.deps.db.sql.array([hash] as never, 17)
  return (
    (await harness.deps.db.sql`select * from control.tombstones('number', ${hashes}::bytea[])`).length === 1
  )
}

test('an uninstall with CLEAN=1 leaves nothing but a receipt of counts; a new install finds nothing', async () => {
  const neighbour = addPortal(harness)
  const other = await installed(neighbour)
  await fill(other, 3)
  const untouched = await rowsOf(other)
  const number = await fill(portalId, 1200)
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1',
        changes: [
          { field: 'messages', value: { metadata: { phone_number_id: number }, text: 'theirs' } },
          { field: 'messages', value: { metadata: { phone_number_id: '1' }, text: 'of others' } },
        ],
      },
    ],
  })
  const delivery = newId()
  const place = ['control', 'delivery', 'body', delivery]
  const sealed = await harness.deps.keyring.seal('intake', place, new TextEncoder().encode(body))
  const { sql } = harness.deps.db
  await sql`select control.append_deliveries(${[delivery]}::uuid[], ${sql.array([sealed] as never, 17)}::bytea[])`
  await sql`select control.settle_deliveries(${[delivery]}::uuid[])`

  portal.uninstall({ clean: true })
  await harness.drain()
  expect(await rowsOf(portalId)).toEqual({})
  expect(await rowsOf(other)).toEqual(untouched)
  expect(await routes(number)).toBe(0)
  expect(await isBuried(number)).toBe(true)
  const [kept] = await owner`select body from control.delivery where id = ${delivery}`
  const opened = new TextDecoder().decode(await harness.deps.keyring.open('intake', place, kept?.body))
  expect(opened).toContain('of others')
  expect(opened).not.toContain('theirs')
  const [receipt] = await receipts()
  expect(receipt).toMatchObject({ scope: 'portal', counts: { message: 1200, channel: 1, portal: 1 } })
  expect(receipt?.ended_at).toBeInstanceOf(Date)
  expect(JSON.stringify(receipt)).not.toContain(portal.memberId)
  expect(
    (
      await owner`select 1 from jobs.job where data ->> 'portalId' = ${portalId}
    and name <> 'privacy.erase'`
    ).length,
  ).toBe(0)

  const fresh = await installed(portal)
  expect(fresh).not.toBe(portalId)
  expect(await rowsOf(fresh)).not.toHaveProperty('message')
  expect((await open(harness, portal, { userId: 2, placement: 'DEFAULT' })).status).toBe(200)
})

test(
  'an erasure killed between any two batches goes on and counts everything once',
  { timeout: 120_000 },
  async () => {
    const number = await fill(portalId, 1100)
    await beginErasure(harness.deps, portalId)
    const before = await receipts()
    const erased = async (allowed: number) => {
      const dying = { ...harness.deps, db: dyingAfter(harness.deps.db, allowed) }
      return erasePortal(dying, { portalId }).then(
        () => true,
        () => false,
      )
    }
    let runs = 0
    for (let allowed = 3; !(await erased(allowed)); allowed++) runs++
    expect(runs).toBeGreaterThan(5)
    await harness.drain()
    expect(await rowsOf(portalId)).toEqual({})
    expect(await isBuried(number)).toBe(true)
    const written = (await receipts()).slice(before.length)
    expect(written).toHaveLength(1)
    expect(written[0]?.counts).toMatchObject({ message: 1100, conversation: 1, person: 1, portal: 1 })
  },
)

test('an erasure that comes late or twice finds nothing to do, and sweeps up what came after it', async () => {
  await erasePortal(harness.deps, { portalId })
  expect(await rowsOf(portalId)).toHaveProperty('portal')
  await beginErasure(harness.deps, portalId)
  await beginErasure(harness.deps, portalId)
  await harness.drain()
  const written = (await receipts()).length
  await withPortal(
    harness.deps.db,
    portalId,
    (tx) => tx.sql`insert into app.method_pause (portal_id, method, until) values (${portalId}, 'x', now())`,
  )
  await harness.drain({ delayed: true })
  expect(await rowsOf(portalId)).toEqual({})
  expect(await receipts()).toHaveLength(written)
})

test('an install during the erasure waits for its end and loses nothing by it', async () => {
  await beginErasure(harness.deps, portalId)
  portal.uninstall()
  const early = await harness.app.request(portal.installRequest(1))
  expect(early.status).toBe(503)
  expect(await early.text()).toContain('One moment')
  await harness.drain()
  expect(await installed(portal)).not.toBe(portalId)
})

test('data kept for a return is erased when its clock has run out, not before', async () => {
  await fill(portalId, 3)
  portal.uninstall({ clean: false })
  await harness.drain()
  harness.advance(29 * DAY)
  await eraseExpired(harness.deps)
  expect((await withPortal(harness.deps.db, portalId, (tx) => readPortal(tx, portalId)))?.state).toBe(
    'uninstalled',
  )
  harness.advance(2 * DAY)
  expect(await eraseExpired(harness.deps)).toBe(1)
  await harness.drain()
  expect(await rowsOf(portalId)).toEqual({})
})

/** The same database for a process that is killed after so many transactions. */
function dyingAfter(db: Db, allowed: number): Db {
  let left = allowed
  return {
    lease: (work) => {
      if (left-- <= 0) throw new Error('killed')
      return db.lease(work)
    },
  }
}
