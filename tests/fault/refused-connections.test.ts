import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type Sql } from '#db/client.ts'
import { openPool, type Pool } from '#db/pool.ts'
import { readPortal, withPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

const MAX = 8
const IDLE_MS = 150
const portalId = newId<PortalId>()
let database: TestDatabase
let superuser: Sql
let db: Pool
beforeEach(async () => {
  database = await createTestDatabase()
  superuser = connect(database.superUrl, { max: 1 }).sql
  db = openPool(database.appUrl, { max: MAX, idleMs: IDLE_MS })
})
afterEach(async () => {
  await Promise.all([db.close(), superuser.end({ timeout: 5 })])
  await database.drop()
})

const allow = (connections: number) =>
  superuser.unsafe(
    `do $$ begin execute format('alter database %I connection limit ${connections}', current_database()); end $$`,
  )
async function opened(): Promise<number> {
  const [row] = await superuser<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity where datname = current_database() and usename = 'wasync_app'`
  return row?.n ?? 0
}

const ask = (n: number) =>
  n % 2 === 0
    ? readPortal(db, portalId, (sql) => [sql`select 1`, sql`select pg_sleep(0.01)`])
    : withPortal(db, portalId, async ({ sql }) => {
        await sql`select 1`
        await sql`select pg_sleep(0.01)`
      })

/** What became of this many at once, all of which must come to an end. */
async function askAll(count: number): Promise<{ answered: number; refused: string[] }> {
  const ends = Promise.allSettled(Array.from({ length: count }, (_, n) => ask(n)))
  const outcomes = await Promise.race([ends, sleep(5000, 'some never end' as const)])
  if (outcomes === 'some never end') throw new Error(outcomes)
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
  return { answered: count - refused.length, refused }
}

test('a server that has room for three connections serves everybody over three', async () => {
  await allow(3)
  for (let round = 0; round < 3; round++) expect(await askAll(60)).toEqual({ answered: 60, refused: [] })
})

test('as soon as there is room again, the pool takes it', async () => {
  await allow(2)
  await askAll(40)
  await allow(-1)
  await expect.poll(() => askAll(40).then(opened), { timeout: 5000 }).toBe(MAX)
})

test('a server without any room refuses everybody at once, and serves them later', async () => {
  await allow(0)
  const { answered, refused } = await askAll(30)
  expect(answered).toBe(0)
  expect(new Set(refused)).toEqual(new Set([expect.stringContaining('too many connections for database')]))
  await allow(-1)
  expect(await askAll(30)).toEqual({ answered: 30, refused: [] })
})

test('connections nobody needs are closed, and whoever comes at that moment is served', async () => {
  await askAll(30)
  expect(await opened()).toBe(MAX)
  await expect.poll(opened, { timeout: 5000 }).toBe(0)
  // Shorter and longer pauses than the pool's, so that some meet a connection on its way out.
  for (let ms = IDLE_MS * 0.6; ms < IDLE_MS * 1.6; ms += 8) {
    await sleep(ms)
    expect(await askAll(3)).toEqual({ answered: 3, refused: [] })
  }
})

test('a pool that closes lets those finish who have a connection, and tells those who wait', async () => {
  await askAll(MAX)
  const all = Promise.allSettled(Array.from({ length: 40 }, (_, n) => ask(n)))
  await sleep(5)
  await db.close()
  expect(await opened()).toBe(0)
  const outcomes = (await all).map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered'))
  const told = Array.from(outcomes, (_, n) => (n < MAX ? 'answered' : 'Error: the pool is closed'))
  expect(outcomes).toEqual(told)
  await expect(db.lease(() => Promise.resolve(1))).rejects.toThrow('the pool is closed')
})

test('a pool that closes while it opens its connections leaves none behind', async () => {
  const all = Promise.allSettled(Array.from({ length: 40 }, (_, n) => ask(n)))
  await sleep(3)
  await db.close()
  await all
  await expect.poll(opened, { timeout: 3000 }).toBe(0)
})
