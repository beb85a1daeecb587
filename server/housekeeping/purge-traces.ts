import { and, eq, lt } from 'drizzle-orm'
import { methodPause, portalCall, session } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { eachPortal } from '../portal/each-portal.ts'

// The Market asks for at least three days of the call log; contract: seven.
const CALL_LOG_MS = 7 * 24 * 60 * 60 * 1000

/** Removes portal calls older than seven days, sessions that are over and pauses that have ended. */
export async function purgeTraces(deps: Deps): Promise<void> {
  const now = deps.clock.now()
  for await (const portalId of eachPortal(deps)) {
    await withPortal(deps.db, portalId, async (tx) => {
      const calls = and(eq(portalCall.portalId, portalId), lt(portalCall.at, new Date(now - CALL_LOG_MS)))
      await tx.orm.delete(portalCall).where(calls)
      await tx.orm
        .delete(session)
        .where(and(eq(session.portalId, portalId), lt(session.expiresAt, new Date(now))))
      await tx.orm
        .delete(methodPause)
        .where(and(eq(methodPause.portalId, portalId), lt(methodPause.until, new Date(now))))
    })
  }
}
