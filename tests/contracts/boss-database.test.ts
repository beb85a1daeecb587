import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBossDatabase } from '#server/adapters/node/boss-database.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
let boss: ReturnType<typeof openBossDatabase>
beforeAll(async () => {
  database = await createTestDatabase()
  boss = openBossDatabase(database.appUrl, 1)
})
afterAll(async () => {
  await boss.close()
  await database.drop()
})

const run = async (text: string, values?: unknown[]) => (await boss.db.executeSql(text, values)).rows

test('one statement with values and several in one text answer their rows', async () => {
  expect(await run('select $1::int as n', [7])).toEqual([{ n: 7 }])
  expect(await run('begin; select 1 as n; select 2 as n; commit')).toEqual([{ n: 1 }, { n: 2 }])
})

test('a text that fails in the middle of its transaction leaves the connection to the next one as it was', async () => {
  await expect(run('begin; select 1 / 0; commit')).rejects.toThrow('division by zero')
  expect(await run('select $1::int as n', [8])).toEqual([{ n: 8 }])
})
