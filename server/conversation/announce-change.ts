import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import type { JobRequest } from '../ports/jobs.ts'

/** Tells everybody who looks that a conversation's content changed, and queues its CRM history once. */
export async function announceChange(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<void> {
  deps.hints.publish(tx, portalId, conversationId)
  const rows = await tx.sql`
    update app.conversation set crm_due = true
    where portal_id = ${portalId} and id = ${conversationId} and not crm_due returning 1`
  if (rows.length > 0) await deps.jobs.enqueue(tx, syncOf(portalId, conversationId))
}

/** The job that brings a conversation's CRM history up to date. */
export const syncOf = (portalId: PortalId, conversationId: ConversationId): JobRequest => ({
  queue: 'crm.sync',
  data: { portalId, conversationId },
  key: conversationId,
})
