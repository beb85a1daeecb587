import type { Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import type { ChannelId, ConversationId, PersonId, PortalId } from '../ids.ts'
import { conversationHead, toHead } from './conversation-head.ts'

export type ChannelStatus = 'connected' | 'token_refused' | 'disconnected'
export type LockedConversation = {
  channelId: ChannelId
  personId: PersonId
  channelStatus: ChannelStatus
  lastInboundAt: Date | null
  lastMessageAt: Date | null
}

/** Locks a conversation row, the first lock of everything that changes one; undefined when there is none. */
export async function lockConversation(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<LockedConversation | undefined> {
  const [row] = await tx.sql<LockedConversation[]>`
    select c.channel_id as "channelId", c.person_id as "personId", ch.status as "channelStatus",
      c.last_inbound_at as "lastInboundAt", c.last_message_at as "lastMessageAt"
    from app.conversation c join app.channel ch on ch.portal_id = c.portal_id and ch.id = c.channel_id
    where c.portal_id = ${portalId} and c.id = ${conversationId} for update of c`
  return row
}

/** The records a conversation is bound to; undefined when there is no such conversation. */
export async function bindingsOf(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<RecordRef[] | undefined> {
  return toHead(await conversationHead(tx.sql, portalId, conversationId))?.refs
}
