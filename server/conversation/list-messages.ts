import type { RawTx } from '#db/client.ts'
import { readPortal } from '#db/tenancy.ts'
import type { Message, RecordRef } from '../contract.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { readCursor, UUID, WHOLE, writeCursor } from './cursor.ts'
import { toMessageRow } from './message-columns.ts'
import { messagePage, type MessagePlace } from './message-page.ts'
import { seesBound } from './sees-conversation.ts'
import { toMessage } from './to-message.ts'

export type MessagePage = { items: Message[]; nextCursor: string | null; rev: number }
export type ConversationHead = { rev: string; lastInboundAt: Date | null; refs: RecordRef[] }

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
  const [[head], values] = await readPortal(deps.db, user.portalId, (sql) => [
    conversationHead(sql, user.portalId, conversationId),
    messagePage(sql, user.portalId, conversationId, { before, limit: page.limit + 1, now }).values(),
  ])
  if (!head || !(await seesBound(deps, user, head.refs)))
    throw new AppError('not_found', 'There is no such conversation.')
  const rows = values.map(toMessageRow)
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const around = { now, lastInboundAt: head.lastInboundAt }
  return {
    items: shown.map((row) => toMessage(row, around)),
    nextCursor: last ? writeCursor([last.sentAt.getTime(), last.orderId, last.position]) : null,
    rev: Number(head.rev),
  }
}

/** The revision of a conversation and what decides who may see it. */
export function conversationHead(sql: RawTx, portalId: PortalId, conversationId: ConversationId) {
  return sql<ConversationHead[]>`
    select c.rev, c.last_inbound_at as "lastInboundAt",
      coalesce((select jsonb_agg(jsonb_build_object('type', b.entity_type, 'id', b.entity_id)) from app.binding b
        where b.portal_id = c.portal_id and b.conversation_id = c.id), '[]') as refs
    from app.conversation c where c.portal_id = ${portalId} and c.id = ${conversationId}`
}

function placeOf(cursor: string): MessagePlace {
  const [sentAt, orderId = '', position] = readCursor(cursor, [WHOLE, UUID, /^\d{1,5}$/])
  return { sentAt: new Date(Number(sentAt)), orderId, position: Number(position) }
}
