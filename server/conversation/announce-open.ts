import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { syncOf } from './announce-change.ts'
import type { OpenConversation } from './open-conversations.ts'

/** `announceChange` for conversations that were open for update, after they were saved: one hint each, one CRM job unless one waits already. */
export async function announceOpen(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversations: readonly OpenConversation[],
): Promise<void> {
  const changed = conversations.filter((one) => one.changed)
  if (changed.length === 0) return
  deps.hints.publish(
    tx,
    portalId,
    changed.map(({ id }) => id),
  )
  // The CRM history shows no Sent, Delivered or Read, so the portal's budget is not spent on them.
  const due = changed.filter((one) => one.contentChanged && !one.crmDue)
  if (due.length === 0) return
  await deps.jobs.enqueue(
    tx,
    due.map(({ id }) => syncOf(portalId, id)),
  )
}
