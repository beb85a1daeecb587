import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { AttemptId, ConversationId, MessageId, PortalId } from '../ids.ts'
import type { AttemptState } from './attempts.ts'
import { DOUBT_MS } from './can-retry.ts'
import { lockConversation } from './conversations.ts'
import { changeStatus } from './messages.ts'

type Attempt = {
  state: AttemptState
  startedAt: Date
  messageId: MessageId
  conversationId: ConversationId
  status: string
}

/** Job `attempt.expire`: after 15 minutes without evidence whoever looks is told that the message may be sent again. */
export async function expireAttempt(
  deps: Deps,
  { portalId, attemptId }: { portalId: PortalId; attemptId: AttemptId },
): Promise<void> {
  await withPortal(deps.db, portalId, async (tx) => {
    const seen = await readAttempt(tx, portalId, attemptId)
    if (seen?.state !== 'unconfirmed') return
    await lockConversation(tx, portalId, seen.conversationId)
    const attempt = await readAttempt(tx, portalId, attemptId)
    if (attempt?.state !== 'unconfirmed' || attempt.status !== 'unconfirmed') return
    const leftMs = attempt.startedAt.getTime() + DOUBT_MS - deps.clock.now()
    if (leftMs > 0) {
      const data = { portalId, attemptId }
      return deps.jobs.enqueue(tx, { queue: 'attempt.expire', data, afterMs: leftMs })
    }
    const place = { id: attempt.messageId, conversationId: attempt.conversationId }
    await changeStatus(tx, portalId, place, 'unconfirmed')
    deps.hints.publish(tx, portalId, attempt.conversationId)
  })
}

async function readAttempt(tx: Tx, portalId: PortalId, attemptId: AttemptId): Promise<Attempt | undefined> {
  const [row] = await tx.sql<Attempt[]>`
    select a.state, a.started_at as "startedAt", a.message_id as "messageId", a.conversation_id as "conversationId",
      m.status
    from app.attempt a join app.message m on m.portal_id = a.portal_id and m.id = a.message_id
    where a.portal_id = ${portalId} and a.id = ${attemptId}`
  return row
}
