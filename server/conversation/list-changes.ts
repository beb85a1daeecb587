import { readPortal } from '#db/tenancy.ts'
import type { Message, RemovedMessage } from '../contract.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ConversationId } from '../ids.ts'
import { readCursor, WHOLE, writeCursor } from './cursor.ts'
import { conversationHead, toHead } from './conversation-head.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import { seesBound } from './sees-conversation.ts'
import { toChange, type ChangedRow } from './to-message.ts'

export type ChangePage = { items: (Message | RemovedMessage)[]; nextCursor: string | null; rev: number }

/**
 * What changed in a conversation after a revision, in revision order. Nothing new is answered without asking the
 * portal: who asks with the current revision was told it before. Throws like `listMessages`.
 */
export async function listChanges(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
  page: { limit: number; changedAfter: number; cursor?: string | undefined },
): Promise<ChangePage> {
  const now = deps.clock.now()
  const after = page.cursor === undefined ? page.changedAfter : Number(readCursor(page.cursor, [WHOLE])[0])
  const [heads, rows] = await readPortal(deps.db, user.portalId, (sql) => [
    conversationHead(sql, user.portalId, conversationId),
    sql<ChangedRow[]>`
      select ${sql.unsafe(MESSAGE_COLUMNS)}, m.removed from app.message m
      where m.portal_id = ${user.portalId} and m.conversation_id = ${conversationId} and m.rev > ${after}
      order by m.rev limit ${page.limit + 1}`,
  ])
  const head = toHead(heads)
  if (!head) throw new AppError('not_found', 'There is no such conversation.')
  const rev = Number(head.rev)
  if (rev === after && rows.length === 0) return { items: [], nextCursor: null, rev }
  if (!(await seesBound(deps, user, head.refs)))
    throw new AppError('not_found', 'There is no such conversation.')
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const around = { now, lastInboundAt: head.lastInboundAt }
  return {
    items: shown.map((row) => toChange(row, around)),
    nextCursor: last ? writeCursor([last.rev]) : null,
    rev,
  }
}
