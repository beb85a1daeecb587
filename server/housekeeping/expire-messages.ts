import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { eachPortal } from '../portal/each-portal.ts'
import { readPortal } from '../portal/portals.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const BATCH = 1_000

/** Removes messages older than the days their portal chose, in small transactions. Returns how many. */
export async function expireMessages(deps: Deps): Promise<number> {
  let removed = 0
  for await (const portalId of eachPortal(deps)) {
    const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
    if (!row?.retentionDays) continue
    const before = new Date(deps.clock.now() - row.retentionDays * DAY_MS)
    let batch = 0
    do {
      batch = await withPortal(deps.db, portalId, (tx) => removeBatch(tx, portalId, before))
      removed += batch
    } while (batch === BATCH)
  }
  return removed
}

async function removeBatch(tx: Tx, portalId: PortalId, before: Date): Promise<number> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from app.message where portal_id = ${portalId} and sent_at < ${before}
      and status not in ('queued', 'sending') order by sent_at limit ${BATCH} for update`
  const ids = rows.map((row) => row.id)
  if (ids.length === 0) return 0
  await tx.sql`delete from app.attempt where portal_id = ${portalId} and message_id = any(${ids}::uuid[])`
  await tx.sql`delete from app.message_payload where portal_id = ${portalId} and message_id = any(${ids}::uuid[])`
  await tx.sql`update app.conversation set last_message_id = null
    where portal_id = ${portalId} and last_message_id = any(${ids}::uuid[])`
  await tx.sql`delete from app.message where portal_id = ${portalId} and id = any(${ids}::uuid[])`
  return ids.length
}
