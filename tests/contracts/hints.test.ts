import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { openPool, type Pool } from '#db/pool.ts'
import { withPortal } from '#db/tenancy.ts'
import { createHints } from '#server/adapters/node/hints.ts'
import { newId, type ConversationId, type PortalId } from '#server/ids.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

const portalId = newId<PortalId>()
let database: TestDatabase
let db: Pool
let far: Pool
let here: Awaited<ReturnType<typeof createHints>>
let there: typeof here
beforeAll(async () => {
  database = await createTestDatabase()
  db = openPool(database.appUrl, { max: 2 })
  far = openPool(database.appUrl, { max: 1 })
  ;[here, there] = await Promise.all([createHints(db), createHints(far)])
})
afterAll(async () => {
  await Promise.all([here.close(), there.close()])
  await Promise.all([db.close(), far.close()])
  await database.drop()
})

const listen = (hints: typeof here, of = portalId) => {
  const heard: ConversationId[] = []
  const stop = hints.subscribe(of, (id) => void heard.push(id))
  return { heard, stop }
}
const some = (count: number) => Array.from({ length: count }, () => newId<ConversationId>())

test('a hint is heard when its transaction has committed: here at once, and once in every other process', async () => {
  const [mine, other, foreign] = [listen(here), listen(there), listen(there, newId<PortalId>())]
  const ids = some(300)
  await withPortal(db, portalId, async (tx) => {
    here.publish(tx, portalId, ids)
    await tx.sql`select 1`
    expect(mine.heard).toEqual([])
  })
  expect(mine.heard).toEqual(ids)
  await expect.poll(() => other.heard).toEqual(ids)
  // A further round trip, after which an echo of the first would have been here.
  const [last] = some(1)
  await withPortal(db, portalId, async (tx) => there.publish(tx, portalId, last ?? []))
  await expect.poll(() => mine.heard).toEqual([...ids, last])
  expect(other.heard).toEqual([...ids, last])
  expect(foreign.heard).toEqual([])
  for (const one of [mine, other, foreign]) one.stop()
})

test('a listener that throws does not make a committed transaction look failed', async () => {
  const stop = here.subscribe(portalId, () => {
    throw new Error('deaf')
  })
  const done = withPortal(db, portalId, async (tx) => {
    here.publish(tx, portalId, some(1))
    return 'kept'
  })
  await expect(done).resolves.toBe('kept')
  stop()
})

test('what is not on disk is not told', async () => {
  const [mine, other] = [listen(here), listen(there)]
  const lost = withPortal(db, portalId, async (tx) => {
    here.publish(tx, portalId, some(1))
    await tx.sql`select 1 / 0`
  })
  await expect(lost).rejects.toThrow('division by zero')
  const [kept] = some(1)
  await withPortal(db, portalId, async (tx) => here.publish(tx, portalId, kept ?? []))
  await expect.poll(() => other.heard).toEqual([kept])
  expect(mine.heard).toEqual([kept])
  for (const one of [mine, other]) one.stop()
})

test('hints are heard again after every connection was lost', async () => {
  const superuser = connect(database.superUrl, { max: 1 })
  const listening = () => superuser.sql`
    select pid from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
  const before = await listening()
  expect(before).toHaveLength(2)
  await superuser.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  await expect.poll(async () => (await listening()).length).toBe(2)
  await superuser.sql.end({ timeout: 5 })
  const other = listen(there)
  const [id] = some(1)
  await withPortal(db, portalId, async (tx) => here.publish(tx, portalId, id ?? []))
  await expect.poll(() => other.heard).toEqual([id])
  other.stop()
})
