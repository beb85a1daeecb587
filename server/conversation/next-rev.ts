import type { Tx } from '#db/tenancy.ts'
import { AppError } from '../errors.ts'
import type { ConversationId, PortalId } from '../ids.ts'

/** Locks the conversation row and takes `count` revisions; answers the first one. Throws `not_found`. */
export async function nextRev(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  count = 1,
): Promise<number> {
  const [row] = await tx.sql<{ rev: string }[]>`
    update app.conversation set rev = rev + ${count}
    where portal_id = ${portalId} and id = ${conversationId} returning rev`
  if (!row) throw new AppError('not_found', 'There is no such conversation.')
  return Number(row.rev) - count + 1
}
