import { eq } from 'drizzle-orm'
import { portal } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'

/** Somebody waits for an `interactive` call; `background` gives way to it. */
export type Lane = 'interactive' | 'background'

/** With whose token a portal is called, and how urgently. */
export type Caller = { portalId: PortalId; userId: string; lane: Lane }

/** The service's caller: the installing administrator. Throws `portal_gone` for a portal we do not have. */
export async function serviceCaller(
  deps: Deps,
  portalId: PortalId,
  lane: Lane = 'background',
): Promise<Caller> {
  const [row] = await withPortal(deps.db, portalId, (tx) =>
    tx.orm.select({ userId: portal.serviceUserId }).from(portal).where(eq(portal.portalId, portalId)),
  )
  if (!row) throw new AppError('portal_gone', 'This portal is not installed.')
  return { portalId, userId: row.userId, lane }
}
