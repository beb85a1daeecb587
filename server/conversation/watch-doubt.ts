import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { AttemptId, PortalId } from '../ids.ts'
import { DOUBT_MS } from './can-retry.ts'

/** Has an attempt without an answer looked at again once it may be called doubtful (`attempt.expire`, 15 minutes). */
export function watchDoubt(deps: Deps, tx: Tx, portalId: PortalId, attemptId: AttemptId): Promise<void> {
  return deps.jobs.enqueue(tx, { queue: 'attempt.expire', data: { portalId, attemptId }, afterMs: DOUBT_MS })
}
