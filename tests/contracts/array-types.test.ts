import { afterAll, beforeAll, expect, test } from 'vitest'
import { ARRAY_OIDS } from '#db/array-types.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { openTestPool, type TestPool } from '#tests/support/test-pool.ts'

let database: TestDatabase
let db: TestPool
beforeAll(async () => {
  database = await createTestDatabase()
  db = openTestPool(database.appUrl, { max: 2 })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

test('arrays are known before the first connection, and by the oids this server has', async () => {
  const [first] =
    await db.sql`select ${db.sql.array([new Uint8Array([0, 255])] as never, 17)}::bytea[] as list`
  expect(first?.list).toEqual([Buffer.from([0, 255])])
  const rows = await db.sql<{ element: number; array: number }[]>`
    select oid::int as element, typarray::int as array from pg_type where oid = any(${Object.keys(ARRAY_OIDS).map(Number)}::int[])`
  expect(Object.fromEntries(rows.map(({ element, array }) => [element, array]))).toEqual(ARRAY_OIDS)
})

const HARD = [
  '',
  ' ',
  'a,b',
  '{x}',
  'quote " here',
  'back\\slash',
  '\\"',
  'NULL',
  'null',
  'new\nline',
  'é😀',
  "it's",
]
test('text comes back as it went', async () => {
  const [row] =
    await db.sql`select ${HARD}::text[] as list, ${[]}::text[] as none, array['a', null, 'NULL'] as nulls`
  expect(row).toEqual({ list: HARD, none: [], nulls: ['a', null, 'NULL'] })
})

test('other elements keep their type', async () => {
  const at = new Date('2026-11-22T10:00:00.123Z')
  const id = '01a20152-9d2f-7b59-a856-b4f83f57953f'
  const [row] = await db.sql`
    select ${[id]}::uuid[] as ids, ${[1, -2]}::int[] as numbers, ${db.sql.array([true, false])}::boolean[] as flags,
      ${db.sql.array([at])}::timestamptz[] as times, array['{"a": [1, "x,y"]}'::jsonb] as objects`
  expect(row).toEqual({
    ...{ ids: [id], numbers: [1, -2], flags: [true, false], times: [at], objects: [{ a: [1, 'x,y'] }] },
  })
})
