import type { Tx } from '#db/tenancy.ts'
import type { AttemptId, ConversationId, MessageId, PortalId } from '../ids.ts'

export type UnsentMessage = {
  id: MessageId
  text: string
  sentAt: Date
  replyTo: string | null
  attempts: number
  nextAt: Date | null
}
export type AttemptState = 'sending' | 'accepted' | 'rejected' | 'retry' | 'unconfirmed'

/** The messages of a conversation that still have to leave, in thread order, at most 50. */
export async function unsentMessages(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<UnsentMessage[]> {
  return tx.sql<UnsentMessage[]>`
    select m.id, m.text, m.sent_at as "sentAt", coalesce(quoted.provider_id, m.reply_to_provider_id) as "replyTo",
      tried.attempts, tried.next_at as "nextAt"
    from app.message m
    left join app.message quoted on quoted.portal_id = m.portal_id and quoted.id = m.reply_to_id
    cross join lateral (
      select count(*)::int as attempts, max(a.next_at) filter (where a.state = 'retry') as next_at
      from app.attempt a where a.portal_id = m.portal_id and a.message_id = m.id) tried
    where m.portal_id = ${portalId} and m.conversation_id = ${conversationId}
      and m.direction = 'out' and m.status in ('queued', 'sending')
    order by m.sent_at, m.order_id limit 50`
}

/** Writes the attempt that is about to be made; its id goes along with the call. */
export async function insertAttempt(
  tx: Tx,
  portalId: PortalId,
  attempt: {
    id: AttemptId
    messageId: MessageId
    conversationId: ConversationId
    number: number
    startedAt: Date
  },
): Promise<void> {
  await tx.sql`
    insert into app.attempt (portal_id, id, message_id, conversation_id, number, state, started_at)
    values (${portalId}, ${attempt.id}, ${attempt.messageId}, ${attempt.conversationId}, ${attempt.number}, 'sending',
      ${attempt.startedAt})`
}

/** Ends attempts that never got an answer; answers their messages. */
export function endUnanswered(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  now: Date,
): Promise<{ attemptId: AttemptId; messageId: MessageId }[]> {
  return tx.sql<{ attemptId: AttemptId; messageId: MessageId }[]>`
    with lost as (
      update app.attempt set state = 'unconfirmed', ended_at = ${now}
      where portal_id = ${portalId} and conversation_id = ${conversationId} and state = 'sending'
      returning id, message_id)
    select lost.id as "attemptId", m.id as "messageId"
    from lost join app.message m on m.portal_id = ${portalId} and m.id = lost.message_id
    where m.status = 'sending'`
}

/** Records how an attempt ended; what evidence settled before stays. Answers false then. */
export async function endAttempt(
  tx: Tx,
  portalId: PortalId,
  attemptId: AttemptId,
  end: { state: AttemptState; at: Date; errorCode?: string; nextAt?: Date; providerId?: string },
): Promise<boolean> {
  const rows = await tx.sql`
    update app.attempt set state = ${end.state}, ended_at = ${end.at}, error_code = ${end.errorCode ?? null},
      next_at = ${end.nextAt ?? null}, provider_id = coalesce(provider_id, ${end.providerId ?? null})
    where portal_id = ${portalId} and id = ${attemptId}
      and state = any(${end.state === 'accepted' ? ['sending', 'unconfirmed'] : ['sending']}) returning 1`
  return rows.length > 0
}

/** The running series of repeats of a message: how many, and when it began. */
export async function repeatsOf(
  tx: Tx,
  portalId: PortalId,
  messageId: MessageId,
): Promise<{ count: number; since: Date | null }> {
  const [row] = await tx.sql<{ count: number; since: Date | null }[]>`
    select count(*)::int as count, min(started_at) as since from app.attempt
    where portal_id = ${portalId} and message_id = ${messageId} and state = 'retry'`
  return row ?? { count: 0, since: null }
}

/** Closes the series: a later attempt by hand begins a new one. */
export async function closeRepeats(tx: Tx, portalId: PortalId, messageId: MessageId): Promise<void> {
  await tx.sql`
    update app.attempt set state = 'rejected', next_at = null
    where portal_id = ${portalId} and message_id = ${messageId} and state = 'retry'`
}
