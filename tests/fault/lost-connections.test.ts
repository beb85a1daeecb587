import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect, type RawTx, type Sql } from '#db/client.ts'
import { openPool, type Pool } from '#db/pool.ts'
import { readPortal, withControl, withPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { openCutProxy, type CutProxy } from '#tests/support/cut-proxy.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

const LANES = 6
const portalId = newId<PortalId>()
let database: TestDatabase
let proxy: CutProxy
let superuser: Sql
let db: Pool
beforeEach(async () => {
  database = await createTestDatabase()
  proxy = await openCutProxy(database.appUrl)
  superuser = connect(database.superUrl, { max: 1 }).sql
  db = openPool(proxy.url, { max: LANES })
  await superuser`create table public.kept (n int primary key)`
  await superuser`grant all on public.kept to wasync_app`
})
afterEach(async () => {
  await Promise.all([db.close(), superuser.end({ timeout: 5 })])
  await proxy.close()
  await database.drop()
})

const kept = async () =>
  (await superuser<{ n: number }[]>`select n from public.kept order by n`).map(({ n }) => n)
const keep = (...numbers: number[]) =>
  withControl(db, (tx) => Promise.all(numbers.map((n) => tx.sql`insert into public.kept values (${n})`)))

// Statements together, after one another, and with pauses in which nothing is under way.
async function workInPortal(n: number): Promise<unknown> {
  return withPortal(db, portalId, async ({ sql }) => {
    const own = sql`select current_setting('app.portal_id', true) as portal, ${n}::int as n`
    const [[first]] = await Promise.all([
      own,
      sql`select count(*) from app.channel where portal_id = ${portalId}`,
    ])
    await crypto.subtle.digest('SHA-256', new Uint8Array(10_000))
    if (n % 3 === 0) await sleep(5)
    const [last] = await sql`select current_setting('app.portal_id', true) as portal, ${n}::int as n`
    return [first, last]
  })
}

const readInPortal = (n: number) =>
  readPortal(db, portalId, (sql) => [
    sql`select current_setting('app.portal_id', true) as portal, ${n}::int as n`,
    sql`select current_setting('transaction_read_only') as portal, ${n}::int as n`,
  ])

describe.each(['closed', 'reset', 'terminated'] as const)(
  'connections that are %s again and again',
  (how) => {
    const cut = () =>
      how === 'terminated'
        ? superuser`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'wasync_app'`
        : Promise.resolve(proxy.cut(how))

    test('every transaction ends, none sees the answers of another, and afterwards all connections serve', async () => {
      let over = false
      const answers = { right: 0, wrong: 0, lost: 0 }
      const ask = async (n: number) => {
        while (!over) {
          const own = { portal: portalId, n }
          const [answer, wanted] =
            n % 2 === 0
              ? [workInPortal(n), [own, own]]
              : [readInPortal(n).then((rows) => rows.map(([row]) => row)), [own, { portal: 'on', n }]]
          await answer.then(
            (found) => (answers[JSON.stringify(found) === JSON.stringify(wanted) ? 'right' : 'wrong'] += 1),
            () => (answers.lost += 1),
          )
        }
      }
      const asking = Array.from({ length: 4 * LANES }, (_, n) => ask(n))
      for (let round = 0; round < 40; round++) {
        await sleep(10 + ((round * 7) % 40))
        await cut()
      }
      await sleep(200)
      over = true
      await Promise.all(asking)
      expect(answers.wrong).toBe(0)
      expect(answers.lost).toBeGreaterThan(0)
      expect(answers.right).toBeGreaterThan(0)
      const busy = Array.from({ length: 2 * LANES }, () =>
        withControl(db, ({ sql }) => sql`select pg_sleep(0.02)`),
      )
      expect(await Promise.all(busy)).toHaveLength(2 * LANES)
    })
  },
)

test('what was sent with a BEGIN that never arrived is not kept by the next connection', async () => {
  for (const refused of [1, 2, 3]) {
    proxy.refuseNext(1)
    await expect(keep(refused, refused + 10)).rejects.toThrow(/connection/)
    expect(await kept()).toEqual([])
  }
  await keep(4, 5)
  expect(await kept()).toEqual([4, 5])
})

test('a connection that is lost in the middle takes its whole transaction with it', async () => {
  const half = withControl(db, async ({ sql }) => {
    await sql`insert into public.kept values (1)`
    proxy.cut('closed')
    await sleep(100)
    await sql`insert into public.kept values (2)`
  })
  await expect(half).rejects.toThrow()
  expect(await kept()).toEqual([])
})

test('idle connections that were lost cost the next ones nothing', async () => {
  await Promise.all(Array.from({ length: LANES }, (_, n) => keep(n)))
  proxy.cut('reset')
  await sleep(50)
  await Promise.all(Array.from({ length: LANES }, (_, n) => keep(100 + n)))
  expect(await kept()).toHaveLength(2 * LANES)
})

test('whoever still asks when the transaction has failed is refused, and reaches no other one', async () => {
  const over = Promise.withResolvers<void>()
  let late: Promise<unknown> = Promise.resolve()
  const failed = withControl(db, ({ sql }) => {
    late = over.promise.then(() => sql`insert into public.kept values (7)`)
    return sql`select 1 / 0`
  })
  await expect(failed).rejects.toThrow('division by zero')
  over.resolve()
  await expect(late).rejects.toThrow('the transaction is over')
  expect(await kept()).toEqual([])
})

test('whoever keeps the connection of a reader finds it closed', async () => {
  const held: RawTx[] = []
  await readPortal(db, portalId, (sql) => {
    held.push(sql)
    return [sql`select 1`]
  })
  expect(() => held.map((sql) => sql`select 1 from app.portal`)).toThrow('the transaction is over')
})

test('a statement that failed unseen keeps its transaction from looking done', async () => {
  const hidden = withControl(db, async ({ sql }) => {
    await sql`insert into public.kept values (8)`
    await sql`select 1 / 0`.catch(() => {})
  })
  await expect(hidden).rejects.toThrow('nothing of its transaction is kept')
  expect(await kept()).toEqual([])
})
