import { withPortal } from '#db/tenancy.ts'
import type { Conversation } from '../contract.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ConversationId } from '../ids.ts'
import { conversationRows } from './conversation-rows.ts'
import { seesBound } from './sees-conversation.ts'
import { toConversation } from './to-conversation.ts'

/** One conversation. Throws `not_found` also for what this user may not see, and `rights_unavailable`. */
export async function readConversation(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
): Promise<Conversation> {
  const now = deps.clock.now()
  const [row] = await withPortal(deps.db, user.portalId, (tx) =>
    conversationRows(tx, user.portalId, { only: conversationId, limit: 1 }),
  )
  if (!row || !(await seesBound(deps, user, row.refs)))
    throw new AppError('not_found', 'There is no such conversation.')
  return toConversation(row, now)
}
