import type { RawTx } from '#db/client.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { messageColumns } from './message-columns.ts'
import type { MessageRow } from './to-message.ts'

export type MessagePlace = { sentAt: Date; orderId: string; position: number }

/** The messages before a place, newest first. Index message_order backwards, no sort at any depth (`npm run bench open-thread`). */
export function messagePage(
  sql: RawTx,
  portalId: PortalId,
  conversationId: ConversationId,
  { before, limit, now }: { before: MessagePlace | null; limit: number; now: number },
) {
  const older = before
    ? sql`and (m.sent_at, m.order_id, m.position) < (${before.sentAt}, ${before.orderId}::uuid, ${before.position})`
    : sql``
  return sql<MessageRow[]>`
    select ${messageColumns(sql, now)} from app.message m
    where m.portal_id = ${portalId} and m.conversation_id = ${conversationId} and not m.removed ${older}
    order by m.sent_at desc, m.order_id desc, m.position desc limit ${limit}`
}
