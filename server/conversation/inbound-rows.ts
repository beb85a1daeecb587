import type { Tx } from '#db/tenancy.ts'
import type { ChannelId, ConversationId, MessageId, PortalId } from '../ids.ts'

/** A message that is about to be written. */
export type InboundRow = {
  id: MessageId
  conversationId: ConversationId
  channelId: ChannelId
  rev: number
  kind: string
  text: string | null
  authorName: string | null
  sentAt: Date
  orderId: string
  position: number
  providerId: string
  replyToId: MessageId | null
  replyToProviderId: string | null
  editedAt: Date | null
  removed: boolean
}

/** A message that is there already, by what WhatsApp calls it. */
export type KnownMessage = {
  id: MessageId
  channelId: ChannelId
  conversationId: ConversationId
  providerId: string
  direction: 'in' | 'out'
  kind: string
  text: string | null
  status: string
  errorCode: string | null
  editedAt: Date | null
  removed: boolean
}

/** The key of a WhatsApp message id on a channel. */
export const wamidKey = (channelId: string, wamid: string): string => `${channelId} ${wamid}`

/** What we know of these WhatsApp ids. */
export async function readKnown(
  tx: Tx,
  portalId: PortalId,
  wanted: readonly { channelId: ChannelId; wamid: string }[],
): Promise<Map<string, KnownMessage>> {
  if (wanted.length === 0) return new Map()
  const distinct = new Map(wanted.map((one) => [wamidKey(one.channelId, one.wamid), one]))
  const rows = await tx.sql<KnownMessage[]>`
    select m.id, m.channel_id as "channelId", m.conversation_id as "conversationId", m.provider_id as "providerId",
      m.direction, m.kind, m.text, m.status, m.error_code as "errorCode", m.edited_at as "editedAt", m.removed
    from json_to_recordset(${JSON.stringify([...distinct.values()])}::json) as wanted("channelId" uuid, wamid text)
    cross join lateral (select * from app.message m where m.portal_id = ${portalId}
      and m.channel_id = wanted."channelId" and m.provider_id = wanted.wamid and m.provider_id is not null limit 1) m`
  return new Map(rows.map((row) => [wamidKey(row.channelId, row.providerId), row]))
}

/** Writes messages; one that is there already stays as it is. Answers the ids that are new. */
export async function insertInbound(
  tx: Tx,
  portalId: PortalId,
  rows: readonly InboundRow[],
): Promise<Set<MessageId>> {
  if (rows.length === 0) return new Set()
  const inserted = await tx.sql<{ id: MessageId }[]>`
    insert into app.message (portal_id, id, conversation_id, channel_id, rev, direction, kind, text, status, author_kind,
      author_name, sent_at, order_id, position, provider_id, reply_to_id, reply_to_provider_id, edited_at, removed)
    select ${portalId}, id, "conversationId", "channelId", rev, 'in', kind, text, 'received', 'customer',
      "authorName", "sentAt", "orderId", position, "providerId", "replyToId", "replyToProviderId", "editedAt", removed
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh(id uuid, "conversationId" uuid, "channelId" uuid, rev bigint,
      kind text, text text, "authorName" text, "sentAt" timestamptz, "orderId" uuid, position smallint, "providerId" text,
      "replyToId" uuid, "replyToProviderId" text, "editedAt" timestamptz, removed boolean)
    on conflict (portal_id, channel_id, provider_id) where provider_id is not null do nothing returning id`
  return new Set(inserted.map(({ id }) => id))
}
