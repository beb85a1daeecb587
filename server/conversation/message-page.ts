import type { RawTx } from '#db/client.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import type { MessageRow } from './to-message.ts'

export type MessagePlace = { sentAt: Date; orderId: string; position: number }
type Page = { before: MessagePlace | null; limit: number }

const NEWEST = textOf('')
const OLDER = textOf('and (m.sent_at, m.order_id, m.position) < ($4, $5::uuid, $6)')

/**
 * The messages before a place, newest first. Index message_order backwards, no sort at any depth (`npm run bench open-thread`).
 * Its text is ready: the driver would make an object of each part of it at each call.
 */
export function messagePage(sql: RawTx, portalId: PortalId, conversationId: ConversationId, page: Page) {
  const { text, values } = pageStatement(portalId, conversationId, page)
  return sql.unsafe<MessageRow[]>(text, values, { prepare: true })
}

/** What `messagePage` asks, as the driver takes it. */
export function pageStatement(portalId: PortalId, conversationId: ConversationId, { before, limit }: Page) {
  const newest = [portalId, conversationId, limit]
  if (!before) return { text: NEWEST, values: newest }
  return { text: OLDER, values: [...newest, before.sentAt, before.orderId, before.position] }
}

function textOf(older: string): string {
  return `
    select ${MESSAGE_COLUMNS} from app.message m
    where m.portal_id = $1 and m.conversation_id = $2 and not m.removed ${older}
    order by m.sent_at desc, m.order_id desc, m.position desc limit $3`
}
