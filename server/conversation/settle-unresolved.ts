import type { Tx } from '#db/tenancy.ts'
import type { ChannelId, ConversationId, MessageId, PortalId } from '../ids.ts'
import type { Edit } from './edit-messages.ts'
import { wamidKey, type InboundRow } from './inbound-rows.ts'
import { takeRev, type OpenConversation } from './open-conversations.ts'

type Row = {
  id: MessageId
  channelId: ChannelId
  conversationId: ConversationId
  replyTo: string
  text: string | null
  sentAt: Date
  wireKind: string | null
}
/** An edit or revoke that came before its original. */
export type EarlyEdit = { originalKey: string } & Edit

/** Points messages that came before the one they answer at it, now that it is here; answers the edits and revokes among them. */
export async function settleUnresolved(
  tx: Tx,
  portalId: PortalId,
  arrived: ReadonlyMap<string, Pick<InboundRow, 'id' | 'conversationId'>>,
  conversations: ReadonlyMap<ConversationId, OpenConversation>,
): Promise<EarlyEdit[]> {
  if (arrived.size === 0) return []
  const keys = [...arrived.keys()].map((key) => key.split(' '))
  const channelIds = [...new Set(keys.map(([channelId = '']) => channelId))]
  const wamids = keys.map(([, ...wamid]) => wamid.join(' '))
  const rows = await tx.sql<Row[]>`
    select m.id, m.channel_id as "channelId", m.conversation_id as "conversationId", m.reply_to_provider_id as "replyTo",
      m.text, m.sent_at as "sentAt", p.wire_kind as "wireKind"
    from app.message m
    left join app.message_payload p on p.portal_id = m.portal_id and p.message_id = m.id and m.kind = 'system'
    where m.portal_id = ${portalId} and m.channel_id = any(${channelIds}::uuid[])
      and m.reply_to_provider_id = any(${wamids}::text[]) and m.reply_to_id is null
      and m.reply_to_provider_id is not null`
  const settled = rows.flatMap((row) => {
    const conversation = conversations.get(row.conversationId)
    const original = arrived.get(wamidKey(row.channelId, row.replyTo))
    return conversation && original?.conversationId === row.conversationId
      ? [{ row, replyToId: original.id, rev: takeRev(conversation) }]
      : []
  })
  if (settled.length === 0) return []
  const fresh = settled.map(({ row, replyToId, rev }) => ({ id: row.id, replyToId, rev }))
  await tx.sql`
    update app.message m set reply_to_id = fresh."replyToId", rev = fresh.rev
    from json_to_recordset(${JSON.stringify(fresh)}::json) as fresh(id uuid, "replyToId" uuid, rev bigint)
    where m.portal_id = ${portalId} and m.id = fresh.id`
  return settled.flatMap(({ row }) => {
    const what = row.wireKind === 'edit' ? 'text' : row.wireKind === 'revoke' ? 'removal' : undefined
    const originalKey = wamidKey(row.channelId, row.replyTo)
    return what && (what === 'removal' || row.text !== null)
      ? [{ originalKey, what, text: row.text, at: row.sentAt }]
      : []
  })
}
