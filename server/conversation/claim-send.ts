import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import {
  newId,
  type AttemptId,
  type ChannelId,
  type ConversationId,
  type PersonId,
  type PortalId,
} from '../ids.ts'
import { failWaiting } from '../channel/fail-waiting.ts'
import { openToken } from '../channel/channel-token.ts'
import type { Recipient } from '../whatsapp/outgoing.ts'
import { wasRefused } from '../whatsapp/pace.ts'
import { endUnanswered, insertAttempt, unsentMessages, type UnsentMessage } from './attempts.ts'
import { lockConversation } from './conversations.ts'
import { maySend } from './may-send.ts'
import { changeStatus } from './messages.ts'
import { pickNext } from './pick-next.ts'
import { recipientOf } from './recipient.ts'
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

const EXPIRE_MS = 60_000
const REST: Claimed = { kind: 'rest' }

/** Takes the next message of a conversation that may leave now and writes its attempt; settles what cannot leave. */
export async function claimSend(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<Claimed> {
  const now = deps.clock.now()
  const conversation = await lockConversation(tx, portalId, conversationId)
  if (!conversation) return REST
  // Jobs of one conversation run one at a time: an attempt that is under way here belongs to a process that died.
  const lost = await endUnanswered(tx, portalId, conversationId, new Date(now))
  for (const id of lost) await changeStatus(tx, portalId, { id, conversationId }, 'unconfirmed')
  if (lost.length > 0) await deps.hints.publish(tx, portalId, conversationId)
  const next = pickNext(await unsentMessages(tx, portalId, conversationId), now)
  if (!next) return REST
  if (conversation.channelStatus === 'disconnected') {
    await failWaiting(deps, tx, portalId, conversation.channelId, conversationId)
    return REST
  }
  if ('waitMs' in next) {
    const job = { queue: 'whatsapp.send' as const, data: { portalId, conversationId }, key: conversationId }
    await deps.jobs.enqueue(tx, { ...job, afterMs: next.waitMs })
    return REST
  }
  const windowOpen = windowOf(conversation.lastInboundAt, now).open
  const gate = maySend({ channel: conversation.channelStatus, mayRead: true, windowOpen })
  if (!gate.ok) return refuse(deps, tx, portalId, conversationId, next.send, gate.reason)
  const number = await openNumber(deps, tx, portalId, conversation.channelId)
  if (!number) return REST
  const to = await recipientOf(tx, portalId, conversation.personId as PersonId)
  if (!to) return refuse(deps, tx, portalId, conversationId, next.send, 'invalid')
  const attemptId = newId<AttemptId>(now)
  const { id: messageId, attempts } = next.send
  const startedAt = new Date(now)
  await insertAttempt(tx, portalId, {
    id: attemptId,
    messageId,
    conversationId,
    number: attempts + 1,
    startedAt,
  })
  await changeStatus(tx, portalId, { id: messageId, conversationId }, 'sending')
  const expire = { queue: 'attempt.expire' as const, data: { portalId, attemptId }, afterMs: EXPIRE_MS }
  await Promise.all([deps.jobs.enqueue(tx, expire), deps.hints.publish(tx, portalId, conversationId)])
  return {
    kind: 'send',
    claim: { attemptId, message: next.send, channelId: conversation.channelId, number, to },
  }
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
  await deps.hints.publish(tx, portalId, conversationId)
  return { kind: 'again' }
}

async function openNumber(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  channelId: ChannelId,
): Promise<Claim['number'] | undefined> {
  const [row] = await tx.sql<{ phoneNumberId: string; sealedToken: Uint8Array | null }[]>`
    select ch.phone_number_id as "phoneNumberId", ch.access_token as "sealedToken"
    from app.channel ch join app.portal p on p.portal_id = ch.portal_id and p.state = 'active'
    where ch.portal_id = ${portalId} and ch.id = ${channelId} and ch.status = 'connected'`
  if (!row?.sealedToken || wasRefused(deps, row.phoneNumberId, row.sealedToken)) return undefined
  const { phoneNumberId, sealedToken } = row
  return {
    phoneNumberId,
    sealedToken,
    token: await openToken(tx, deps.keyring, portalId, channelId, sealedToken),
  }
}
