import { withPortal } from '#db/tenancy.ts'
import type { Caller } from '../bitrix/caller.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId } from '../ids.ts'
import { forgetActivity, saveShown } from './activities.ts'
import { addActivity } from './add-activity.ts'
import { alignActivity } from './align-activity.ts'
import { planHistory, type DueActivity, type Telling } from './plan-history.ts'
import { updateActivity } from './update-activity.ts'

/** What a run leaves behind: everything up to `rev` is in the CRM (`worked`: the portal was told), or it has to come back. */
export type SyncOutcome = { rev: number; worked: boolean } | { againMs: number } | 'left'

/**
 * Brings the entries of a bound conversation's CRM history up to date: one configurable activity per service window on the bound
 * records. An entry that a user deleted comes back only with the next message. Throws what the portal client throws.
 */
export async function syncHistory(
  deps: Deps,
  caller: Caller,
  conversationId: ConversationId,
): Promise<SyncOutcome> {
  const { portalId } = caller
  const plan = await withPortal(deps.db, portalId, (tx) => planHistory(tx, portalId, conversationId))
  if (!plan || plan.refs.length === 0) return 'left'
  const { rev, refs, due, more } = plan
  const telling: Telling = { deps, caller, conversationId, rev, refs }
  let againMs: number | null = null
  for (const one of due) againMs = (await tell(telling, one)) ?? againMs
  if (againMs !== null) return { againMs }
  return { rev, worked: due.length > 0 || more }
}

async function tell(telling: Telling, one: DueActivity): Promise<number | null> {
  const { deps, caller, rev } = telling
  const { portalId } = caller
  let isThere = one.activityId !== null
  if (isThere && one.owner === null) isThere = await alignActivity(telling, one)
  if (isThere && one.hasNews) isThere = await updateActivity(telling, one)
  if (!isThere) {
    if (one.activityId !== null)
      await withPortal(deps.db, portalId, (tx) => forgetActivity(tx, portalId, one.id))
    // What went with its record is history; only the running conversation goes on elsewhere.
    if (one.hasNews || one.isLast) {
      const fresh = one.activityId === null ? one : { ...one, activityId: null, addStartedAt: null }
      const againMs = await addActivity(telling, fresh)
      if (againMs !== null) return againMs
    }
  }
  await withPortal(deps.db, portalId, (tx) => saveShown(tx, portalId, one.id, rev))
  return null
}
