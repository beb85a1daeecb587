import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'

/** Tells everybody who looks that a conversation's content changed, and queues its CRM history once. */
export async function announceChange(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<void> {
  await announceChanges(deps, tx, portalId, [conversationId])
}

/** `announceChange` for several conversations; rows are locked in id order. */
export async function announceChanges(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationIds: readonly ConversationId[],
): Promise<void> {
  if (conversationIds.length === 0) return
  const ids = [...new Set(conversationIds)].sort()
  const due = tx.sql<{ id: ConversationId }[]>`
    update app.conversation set crm_due = true
    where portal_id = ${portalId} and not crm_due and id = any(array(
      select id from app.conversation where portal_id = ${portalId} and id = any(${ids}::uuid[]) order by id for update))
    returning id`
  const [rows] = await Promise.all([due, deps.hints.publish(tx, portalId, ids)])
  if (rows.length === 0) return
  await deps.jobs.enqueue(
    tx,
    rows.map(({ id }) => ({ queue: 'crm.sync' as const, data: { portalId, conversationId: id }, key: id })),
  )
}
