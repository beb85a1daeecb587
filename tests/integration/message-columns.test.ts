import { expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { toMessageRow } from '#server/conversation/message-columns.ts'
import { messagePage } from '#server/conversation/message-page.ts'
import { newId, type ConversationId, type PortalId } from '#server/ids.ts'
import { createTestDatabase } from '#tests/support/database.ts'
import { openTestPool } from '#tests/support/test-pool.ts'

test('a row read as a list of values has each of them under the name of its column', async () => {
  const database = await createTestDatabase()
  const db = openTestPool(database.appUrl, { max: 1 })
  const portalId = newId<PortalId>()
  const page = { before: null, limit: 1 }
  const { columns } = await withPortal(
    db,
    portalId,
    async ({ sql }) => await messagePage(sql, portalId, newId<ConversationId>(), page),
  )
  await db.close()
  await database.drop()
  const names = columns.map(({ name }) => name)
  expect(toMessageRow(names)).toEqual(Object.fromEntries(names.map((name) => [name, name])))
})
