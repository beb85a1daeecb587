import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { openPool, type Pool } from '#db/pool.ts'
import { withControl, withPortal } from '#db/tenancy.ts'
import { openBossDatabase } from '#server/adapters/node/boss-database.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
let db: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  // The servers of these tests keep nothing on disk; this database claims to.
  const { sql } = connect(database.superUrl, { max: 1 })
  await sql.unsafe(
    `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`,
  )
  await sql.end()
  db = openPool(database.appUrl, { max: 2 })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** What a commit after this statement would do: `on` waits for the disk, `off` does not. */
const afterwards = (statement: string) =>
  withControl(db, async ({ sql }) => {
    await sql.unsafe(statement)
    const [row] = await sql<{ synchronous_commit: string }[]>`show synchronous_commit`
    return row?.synchronous_commit
  })

describe('on disk before anybody is answered', () => {
  test.each([
    `select control.append_deliveries('{}', '{}')`,
    `select control.requeue_deliveries('{}')`,
    `select control.leave_quarantine('{}')`,
  ])('%s', async (statement) => {
    expect(await afterwards(statement)).toBe('on')
  })

  test('whatever is written inside a portal, jobs included', async () => {
    const [row] = await withPortal(
      db,
      newId<PortalId>(),
      ({ sql }) => sql<{ synchronous_commit: string }[]>`show synchronous_commit`,
    )
    expect(row?.synchronous_commit).toBe('on')
  })
})

describe('made again should a crash of the database take it back', () => {
  test.each([
    `select control.claim_deliveries(1, '1 second')`,
    `select control.postpone_deliveries('{}', '1 second')`,
    `select control.settle_deliveries('{}')`,
  ])('%s', async (statement) => {
    expect(await afterwards(statement)).toBe('off')
    // The connection is lent on as it was.
    expect(await afterwards('select 1')).toBe('on')
  })

  test('that a job was taken or has ended', async () => {
    const boss = openBossDatabase(database.appUrl, 1)
    const { rows } = await boss.db.executeSql('show synchronous_commit')
    await boss.close()
    expect(rows).toEqual([{ synchronous_commit: 'off' }])
  })
})
