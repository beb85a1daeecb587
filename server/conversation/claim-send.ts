import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { newId, type AttemptId, type ChannelId, type ConversationId, type PortalId } from '../ids.ts'
import { failWaiting } from '../channel/fail-waiting.ts'
import { openToken } from '../channel/channel-token.ts'
import type { Recipient } from '../whatsapp/outgoing.ts'
import { wasRefused } from '../whatsapp/pace.ts'
import { insertAttempt, unsentMessages, type UnsentMessage } from './attempts.ts'
import { lockConversation, type LockedConversation } from './conversations.ts'
import { maySend } from './may-send.ts'
import { changeStatus } from './messages.ts'
import { pickNext } from './pick-next.ts'
import { recipientOf } from './recipient.ts'
import { wakeSends } from './send-message.ts'
import { windowOf } from './service-window.ts'

/** An attempt that is on disk and may now be made. */
export type Claim = {
  attemptId: AttemptId
  message: UnsentMessage
  channelId: ChannelId
  number: { phoneNumberId: string; token: string; sealedToken: Uint8Array }
  to: Recipient
}
export type Claimed = { kind: 'send'; claim: Claim } | { kind: 'again' } | { kind: 'rest' }

const REST: Claimed = { kind: 'rest' }

/** Takes the next message of a conversation that may leave now and writes its attempt; settles what cannot leave. `locked`: what this transaction's lock of it answered. */
export async function claimSend(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  locked?: LockedConversation,
): Promise<Claimed> {
  const now = deps.clock.now()
  // Queries that are started together travel together; the database still runs them one after the other.
  const [conversation, unsent] = await Promise.all([
    locked ?? lockConversation(tx, portalId, conversationId),
    unsentMessages(tx, portalId, conversationId),
  ])
  const next = pickNext(unsent, now)
  if (!conversation || !next) return REST
  if (conversation.channelStatus === 'disconnected') {
    await failWaiting(deps, tx, portalId, conversation.channelId, conversationId)
    return REST
  }
  if ('waitMs' in next) {
    await wakeSends(deps, tx, portalId, [conversationId], next.waitMs)
    return REST
  }
  const windowOpen = windowOf(conversation.lastInboundAt, now).open
  const gate = maySend({ channel: conversation.channelStatus, mayRead: true, windowOpen })
  if (!gate.ok) return refuse(deps, tx, portalId, conversationId, next.send, gate.reason)
  const { channelId } = conversation
  const [number, to] = await Promise.all([
    readNumber(tx, portalId, conversationId),
    recipientOf(tx, portalId, conversation.personId),
  ])
  if (!number || wasRefused(deps, number.phoneNumberId, number.sealedToken)) return REST
  const token = await openToken(tx, deps.keyring, portalId, channelId, number.sealedToken)
  if (!to) return refuse(deps, tx, portalId, conversationId, next.send, 'invalid')
  const attemptId = newId<AttemptId>(now)
  await writeAttempt(deps, tx, portalId, conversationId, attemptId, next.send)
  return {
    kind: 'send',
    claim: { attemptId, message: next.send, channelId, number: { ...number, token }, to },
  }
}

async function writeAttempt(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  attemptId: AttemptId,
  { id: messageId, attempts }: UnsentMessage,
): Promise<void> {
  const startedAt = new Date(deps.clock.now())
  await Promise.all([
    insertAttempt(tx, portalId, {
      id: attemptId,
      messageId,
      conversationId,
      number: attempts + 1,
      startedAt,
    }),
    changeStatus(tx, portalId, { id: messageId, conversationId }, 'sending'),
  ])
  deps.hints.publish(tx, portalId, conversationId)
}

async function refuse(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  message: UnsentMessage,
  code: string,
): Promise<Claimed> {
  await changeStatus(tx, portalId, { id: message.id, conversationId }, 'failed', code)
  deps.hints.publish(tx, portalId, conversationId)
  return { kind: 'again' }
}

type NumberRow = { phoneNumberId: string; sealedToken: Uint8Array }

async function readNumber(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<NumberRow | undefined> {
  const [row] = await tx.sql<NumberRow[]>`
    select ch.phone_number_id as "phoneNumberId", ch.access_token as "sealedToken"
    from app.conversation c
    join app.channel ch on ch.portal_id = c.portal_id and ch.id = c.channel_id
    join app.portal p on p.portal_id = c.portal_id and p.state = 'active'
    where c.portal_id = ${portalId} and c.id = ${conversationId} and ch.status = 'connected'
      and ch.access_token is not null`
  return row
}
