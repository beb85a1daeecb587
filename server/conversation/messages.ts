import type { Tx } from '#db/tenancy.ts'
import type { MessageStatus } from '../contract.ts'
import type { ChannelId, ConversationId, MessageId, PortalId } from '../ids.ts'

export type Outbound = {
  id: MessageId
  conversationId: ConversationId
  channelId: ChannelId
  clientId: string
  hash: Uint8Array
  text: string
  author: { id: string; name: string }
  sentAt: Date
  replyToId: MessageId | null
}

/** Writes an accepted message and what it changes on its conversation: order, revision, nothing unanswered any more. */
export async function insertOutbound(tx: Tx, portalId: PortalId, message: Outbound): Promise<void> {
  await tx.sql`
    with moved as (
      update app.conversation set rev = rev + 1, unanswered = 0,
        last_message_id = case when last_message_at is null or last_message_at <= ${message.sentAt}
          then ${message.id} else last_message_id end,
        last_message_at = greatest(last_message_at, ${message.sentAt})
      where portal_id = ${portalId} and id = ${message.conversationId} returning rev)
    insert into app.message (portal_id, id, conversation_id, channel_id, rev, direction, kind, text, status,
      author_kind, author_id, author_name, sent_at, order_id, reply_to_id, client_id, client_hash)
    select ${portalId}, ${message.id}, ${message.conversationId}, ${message.channelId}, moved.rev, 'out', 'text',
      ${message.text}, 'queued', 'user', ${message.author.id}, ${message.author.name}, ${message.sentAt},
      ${message.id}, ${message.replyToId}, ${message.clientId}, ${message.hash} from moved`
}

/** The message a client id stands for already, and whether it said the same. */
export async function findByClient(
  tx: Tx,
  portalId: PortalId,
  clientId: string,
  hash: Uint8Array,
): Promise<{ id: MessageId; status: MessageStatus; sameBody: boolean } | undefined> {
  const [row] = await tx.sql<{ id: MessageId; status: MessageStatus; sameBody: boolean }[]>`
    select id, status, client_hash = ${hash} as "sameBody" from app.message
    where portal_id = ${portalId} and client_id = ${clientId} and client_id is not null`
  return row
}

/** Whether a message belongs to a conversation and can still be quoted. */
export async function isInConversation(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  messageId: MessageId,
): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from app.message
    where portal_id = ${portalId} and id = ${messageId} and conversation_id = ${conversationId} and not removed`
  return rows.length > 0
}

/** Gives a message another status, and the id WhatsApp knows it by where that is new; its conversation moves to the next revision. */
export async function changeStatus(
  tx: Tx,
  portalId: PortalId,
  message: { id: MessageId; conversationId: ConversationId; providerId?: string },
  status: MessageStatus,
  errorCode: string | null = null,
): Promise<void> {
  await tx.sql`
    with moved as (
      update app.conversation set rev = rev + 1
      where portal_id = ${portalId} and id = ${message.conversationId} returning rev)
    update app.message m set status = ${status}, error_code = ${errorCode}, error_text = null, rev = moved.rev,
      provider_id = coalesce(${message.providerId ?? null}, m.provider_id)
    from moved where m.portal_id = ${portalId} and m.id = ${message.id}`
}
