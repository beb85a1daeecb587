import { and, eq } from 'drizzle-orm'
import { portalUser } from '#db/schema/index.ts'
import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { endSessions } from './sessions.ts'

type Seen = { userId: string; userName: string; isAdmin: boolean }

/** Keeps the name and role the portal gave for a user. Another role than before ends the sessions of the old one. */
export async function noteUser(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  portalId: PortalId,
  { userId, userName, isAdmin }: Seen,
): Promise<void> {
  const [before] = await tx.orm
    .select({ isAdmin: portalUser.isAdmin })
    .from(portalUser)
    .where(and(eq(portalUser.portalId, portalId), eq(portalUser.userId, userId)))
    .for('update')
  const seen = { name: userName, isAdmin, seenAt: new Date(deps.clock.now()) }
  await tx.orm
    .insert(portalUser)
    .values({ portalId, userId, ...seen })
    .onConflictDoUpdate({ target: [portalUser.portalId, portalUser.userId], set: seen })
  if (before && before.isAdmin !== isAdmin) await endSessions(tx, portalId, userId)
}
