import { withPortal, type Tx } from '#db/tenancy.ts'
import { serviceCaller } from '../bitrix/caller.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { readPortal } from '../portal/portals.ts'
import { isMisplaced } from './activities.ts'
import { bindConversation } from './bind-conversation.ts'
import { comeBack, delayAfter, rest } from './come-back.ts'
import { syncHistory, type SyncOutcome } from './sync-history.ts'

type Due = { portalId: PortalId; conversationId: ConversationId }

// A burst is told to the portal at once and then at most this often.
const PACE_MS = 3000

/**
 * Job `crm.sync`: binds a conversation to its CRM records if nobody has, then brings its history there up to date. One job per
 * conversation waits or runs while `crm_due` is set; it is cleared under the row lock, once nothing newer is there.
 */
export async function syncCrm(deps: Deps, due: Due): Promise<void> {
  const { portalId, conversationId } = due
  try {
    const outcome = await run(deps, due)
    await withPortal(deps.db, portalId, (tx) => settle(deps, tx, due, outcome))
  } catch (thrown) {
    const error = toAppError(thrown)
    const afterMs = delayAfter(error)
    await withPortal(deps.db, portalId, (tx) =>
      afterMs === null
        ? rest(tx, portalId, conversationId)
        : comeBack(deps, tx, portalId, conversationId, afterMs),
    )
    // Ours: the runner tries it again and logs it.
    if (error.code === 'internal') throw thrown
    deps.log.warn('crm.sync.failed', { portalId, conversationId, code: error.code, remote: error.remote })
  }
}

async function run(deps: Deps, { portalId, conversationId }: Due): Promise<SyncOutcome> {
  const portal = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
  if (portal?.state !== 'active') return 'left'
  const caller = await serviceCaller(deps, portalId)
  const bound = await bindConversation(deps, caller, conversationId)
  if (!bound.ok) return bound.reason === 'busy' ? { againMs: bound.againMs } : 'left'
  return syncHistory(deps, caller, conversationId)
}

async function settle(
  deps: Deps,
  tx: Tx,
  { portalId, conversationId }: Due,
  outcome: SyncOutcome,
): Promise<void> {
  if (outcome === 'left') return rest(tx, portalId, conversationId)
  if ('againMs' in outcome) return comeBack(deps, tx, portalId, conversationId, outcome.againMs)
  const [row] = await tx.sql<{ rev: string }[]>`
    select rev from app.conversation where portal_id = ${portalId} and id = ${conversationId} for update`
  const isCurrent =
    !row || (Number(row.rev) === outcome.rev && !(await isMisplaced(tx, portalId, conversationId)))
  if (isCurrent && !outcome.worked) return rest(tx, portalId, conversationId)
  await comeBack(deps, tx, portalId, conversationId, PACE_MS)
}
