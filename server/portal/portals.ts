import { eq } from 'drizzle-orm'
import { portal } from '#db/schema/index.ts'
import { withControl, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { asId, type PortalId } from '../ids.ts'

export type PortalRow = typeof portal.$inferSelect

/** The portal of a member id, or null. It may be one whose row is not there yet. */
export async function portalOfMember(deps: Pick<Deps, 'db'>, memberId: string): Promise<PortalId | null> {
  const [row] = await withControl(
    deps.db,
    (tx) => tx.sql<{ id: string | null }[]>`select control.portal_of_member(${memberId}) as id`,
  )
  return row?.id ? asId<PortalId>(row.id) : null
}

/** The portal's row; `lock` holds it until the transaction ends: `share` against being erased, `update` to change it. */
export async function readPortal(
  tx: Tx,
  portalId: PortalId,
  lock?: 'share' | 'update',
): Promise<PortalRow | undefined> {
  const query = tx.orm.select().from(portal).where(eq(portal.portalId, portalId))
  const [row] = await (lock ? query.for(lock) : query)
  return row
}

/** Writes some columns of the portal's row. */
export async function changePortal(
  tx: Tx,
  portalId: PortalId,
  change: Partial<typeof portal.$inferInsert>,
): Promise<void> {
  await tx.orm.update(portal).set(change).where(eq(portal.portalId, portalId))
}
