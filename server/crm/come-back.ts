import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { AppError } from '../errors.ts'
import type { ConversationId, PortalId } from '../ids.ts'

const LATER_MS = 20_000
const REFUSED_MS = 600_000
const UNPAID_MS = 3_600_000

/** When to try again after a failure of the portal (ms); null when only something new makes it worth a try. */
export function delayAfter(error: AppError): number | null {
  if (typeof error.retry === 'object') return Math.max(1000, error.retry.afterMs)
  // An administrator who opens the app brings a new token.
  if (error.code === 'portal_token_refused') return REFUSED_MS
  if (error.code === 'portal_refused') return error.retry === 'later' ? UNPAID_MS : null
  return error.code === 'portal_unreachable' ? LATER_MS : null
}

/** Queues the next look at a conversation's CRM side; until then nothing else queues one. */
export async function comeBack(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  afterMs: number,
): Promise<void> {
  const rows = await tx.sql`
    update app.conversation set crm_due = true where portal_id = ${portalId} and id = ${conversationId} returning 1`
  if (rows.length === 0) return
  const data = { portalId, conversationId }
  await deps.jobs.enqueue(tx, { queue: 'crm.sync', data, key: conversationId, afterMs })
}

/** Nothing waits any more: the next change queues a job. */
export async function rest(tx: Tx, portalId: PortalId, conversationId: ConversationId): Promise<void> {
  await tx.sql`
    update app.conversation set crm_due = false where portal_id = ${portalId} and id = ${conversationId}`
}
