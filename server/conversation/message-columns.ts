import type { MessageRow } from './to-message.ts'

/**
 * The columns of a `MessageRow` of `app.message m`. The two look-ups behind it cost nothing for a message that was sent:
 * only a failed or doubtful one asks for its last attempt, only a queued one for what it may wait behind.
 */
export const MESSAGE_COLUMNS = `m.id, m.rev, m.direction, m.kind, m.text, m.status, m.error_code as "errorCode",
    m.author_kind as "authorKind", m.author_id as "authorId", m.author_name as "authorName", m.sent_at::text as "sentAt",
    m.order_id as "orderId", m.position, m.provider_id as "providerId", m.reply_to_id as "replyToId",
    case when m.status in ('failed', 'unconfirmed') then (select max(a.started_at) from app.attempt a
      where a.portal_id = m.portal_id and a.message_id = m.id) end as "triedAt",
    case when m.status = 'queued' then (
      select max(e.sent_at) from app.message e
      join app.attempt a on a.portal_id = e.portal_id and a.message_id = e.id and a.state = 'retry'
      where e.portal_id = m.portal_id and e.conversation_id = m.conversation_id and e.direction = 'out'
        and e.status in ('queued', 'sending') and (e.sent_at, e.order_id) < (m.sent_at, m.order_id)) end as "behindAt"`

type Values = [
  ...[id: string, rev: string, direction: MessageRow['direction'], kind: MessageRow['kind']],
  ...[text: string | null, status: MessageRow['status'], errorCode: string | null],
  ...[
    authorKind: MessageRow['authorKind'],
    authorId: string | null,
    authorName: string | null,
    sentAt: string,
  ],
  ...[orderId: string, position: number, providerId: string | null, replyToId: string | null],
  ...[triedAt: Date | null, behindAt: Date | null],
]

/**
 * A row of `messageColumns` that was read by `values()`. Built by name the way the driver does, property by property, a page of a
 * thread costs an eighth of its rate (`npm run bench open-thread`).
 */
export function toMessageRow(list: readonly unknown[]): MessageRow {
  const values = list as Values
  return {
    id: values[0],
    rev: values[1],
    direction: values[2],
    kind: values[3],
    text: values[4],
    status: values[5],
    errorCode: values[6],
    authorKind: values[7],
    authorId: values[8],
    authorName: values[9],
    sentAt: values[10],
    orderId: values[11],
    position: values[12],
    providerId: values[13],
    replyToId: values[14],
    triedAt: values[15],
    behindAt: values[16],
  }
}
