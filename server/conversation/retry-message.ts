import { withPortal, type Tx } from '#db/tenancy.ts'
import type { MessageStatus } from '../contract.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, MessageId, PortalId } from '../ids.ts'
import { closeRepeats } from './attempts.ts'
import { canRetry } from './can-retry.ts'
import { lockConversation } from './conversations.ts'
import { maySend, type Refusal } from './may-send.ts'
import { changeStatus } from './messages.ts'
import { wakeSends } from './send-message.ts'
import { seesConversation } from './sees-conversation.ts'
import { windowOf } from './service-window.ts'

export type RetryVerdict =
  | { ok: true; id: MessageId; status: MessageStatus }
  | { ok: false; reason: Refusal | 'not_retryable' | 'unconfirmed' }

/** A new attempt for a message by hand: a failure whose reason can pass, or, at the risk of a double, one nobody confirmed for 15 minutes. */
export async function retryMessage(
  deps: Deps,
  user: CrmReader,
  target: { conversationId: ConversationId; messageId: MessageId; acceptDuplicate: boolean },
): Promise<RetryVerdict> {
  const mayRead = await seesConversation(deps, user, target.conversationId)
  return withPortal(deps.db, user.portalId, (tx) => retryInside(deps, tx, user.portalId, target, mayRead))
}

async function retryInside(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  { conversationId, messageId, acceptDuplicate }: Parameters<typeof retryMessage>[2],
  mayRead: boolean,
): Promise<RetryVerdict> {
  const conversation = await lockConversation(tx, portalId, conversationId)
  const message = await readOutbound(tx, portalId, conversationId, messageId)
  if (!mayRead || !conversation || !message) return { ok: false, reason: 'not_found' }
  const now = deps.clock.now()
  const { status, errorCode } = message
  const inboundAt = conversation.lastInboundAt?.getTime() ?? null
  const offer = canRetry({ status, errorCode, triedAt: message.triedAt?.getTime() ?? null, inboundAt, now })
  if (status === 'unconfirmed' && !(offer && acceptDuplicate)) return { ok: false, reason: 'unconfirmed' }
  if (!offer) return { ok: false, reason: 'not_retryable' }
  const windowOpen = windowOf(conversation.lastInboundAt, now).open
  const gate = maySend({ channel: conversation.channelStatus, mayRead, windowOpen })
  if (!gate.ok) return gate
  await closeRepeats(tx, portalId, messageId)
  await changeStatus(tx, portalId, { id: messageId, conversationId }, 'queued')
  await wakeSends(deps, tx, portalId, [conversationId])
  deps.hints.publish(tx, portalId, conversationId)
  return { ok: true, id: messageId, status: 'queued' }
}

type OutboundRow = { status: MessageStatus; errorCode: string | null; triedAt: Date | null }

async function readOutbound(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  messageId: MessageId,
): Promise<OutboundRow | undefined> {
  const [row] = await tx.sql<OutboundRow[]>`
    select m.status, m.error_code as "errorCode", (select max(a.started_at) from app.attempt a
      where a.portal_id = m.portal_id and a.message_id = m.id) as "triedAt"
    from app.message m
    where m.portal_id = ${portalId} and m.id = ${messageId} and m.conversation_id = ${conversationId}
      and m.direction = 'out' and m.author_kind <> 'phone'`
  return row
}
