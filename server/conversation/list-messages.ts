import { readPortal } from '#db/tenancy.ts'
import type { Message } from '../contract.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ConversationId } from '../ids.ts'
import { conversationHead, toHead } from './conversation-head.ts'
import { readCursor, UUID, WHOLE, writeCursor } from './cursor.ts'
import { toMessageRow } from './message-columns.ts'
import { messagePage, type MessagePlace } from './message-page.ts'
import { seesBound } from './sees-conversation.ts'
import { toMessage } from './to-message.ts'

export type MessagePage = { items: Message[]; nextCursor: string | null; rev: number }

/** One page of a thread, newest first. Throws `not_found` for what this user may not see, `rights_unavailable`. */
export async function listMessages(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
  page: { limit: number; cursor?: string | undefined },
): Promise<MessagePage> {
  const now = deps.clock.now()
  const before = page.cursor === undefined ? null : placeOf(page.cursor)
  // Sent together: the head is read first, so that no message of the page is newer than the revision we answer.
  const [heads, values] = await readPortal(deps.db, user.portalId, (sql) => [
    conversationHead(sql, user.portalId, conversationId),
    messagePage(sql, user.portalId, conversationId, { before, limit: page.limit + 1 }).values(),
  ])
  const head = toHead(heads)
  if (!head || !(await seesBound(deps, user, head.refs)))
    throw new AppError('not_found', 'There is no such conversation.')
  const rows = values.map(toMessageRow)
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const around = { now, lastInboundAt: head.lastInboundAt }
  return {
    items: shown.map((row) => toMessage(row, around)),
    nextCursor: last ? writeCursor([Date.parse(last.sentAt), last.orderId, last.position]) : null,
    rev: Number(head.rev),
  }
}

function placeOf(cursor: string): MessagePlace {
  const [sentAt, orderId = '', position] = readCursor(cursor, [WHOLE, UUID, /^\d{1,5}$/])
  return { sentAt: new Date(Number(sentAt)), orderId, position: Number(position) }
}
