import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { AttemptId, ConversationId, MessageId, PortalId } from '../ids.ts'
import type { AttemptState } from './attempts.ts'
import { endAttempt } from './attempts.ts'
import { DOUBT_MS } from './can-retry.ts'
import { lockConversation } from './conversations.ts'
import { changeStatus } from './messages.ts'
import { wakeSends } from './send-message.ts'

type Attempt = {
  state: AttemptState
  startedAt: Date
  messageId: MessageId
  conversationId: ConversationId
  status: string
}

const OPEN: readonly AttemptState[] = ['sending', 'unconfirmed']
const EXPIRE_MS = 60_000
const SLACK_MS = 5_000

/**
 * Job `attempt.expire`: after 60 seconds without an answer an attempt is unconfirmed; after 15 minutes without
 * evidence whoever looks is told that the message may be sent again.
 */
export async function expireAttempt(
  deps: Deps,
  { portalId, attemptId }: { portalId: PortalId; attemptId: AttemptId },
): Promise<void> {
  await withPortal(deps.db, portalId, async (tx) => {
    const seen = await readAttempt(tx, portalId, attemptId)
    if (!seen || !OPEN.includes(seen.state)) return
    await lockConversation(tx, portalId, seen.conversationId)
    const attempt = await readAttempt(tx, portalId, attemptId)
    if (!attempt || !OPEN.includes(attempt.state)) return
    const age = deps.clock.now() - attempt.startedAt.getTime()
    const later = (ms: number) =>
      deps.jobs.enqueue(tx, { queue: 'attempt.expire', data: { portalId, attemptId }, afterMs: ms - age })
    if (age < EXPIRE_MS - SLACK_MS) return attempt.state === 'sending' ? later(EXPIRE_MS) : undefined
    if (attempt.state === 'sending') await giveUp(deps, tx, portalId, attemptId, attempt)
    if (age < DOUBT_MS) return later(DOUBT_MS)
    if (attempt.status !== 'unconfirmed') return
    const place = { id: attempt.messageId, conversationId: attempt.conversationId }
    await changeStatus(tx, portalId, place, 'unconfirmed')
    await deps.hints.publish(tx, portalId, attempt.conversationId)
  })
}

async function giveUp(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  attemptId: AttemptId,
  attempt: Attempt,
): Promise<void> {
  const { conversationId, messageId: id } = attempt
  await endAttempt(tx, portalId, attemptId, { state: 'unconfirmed', at: new Date(deps.clock.now()) })
  if (attempt.status === 'sending') await changeStatus(tx, portalId, { id, conversationId }, 'unconfirmed')
  await wakeSends(deps, tx, portalId, [conversationId])
  await deps.hints.publish(tx, portalId, conversationId)
}

async function readAttempt(tx: Tx, portalId: PortalId, attemptId: AttemptId): Promise<Attempt | undefined> {
  const [row] = await tx.sql<Attempt[]>`
    select a.state, a.started_at as "startedAt", a.message_id as "messageId", a.conversation_id as "conversationId",
      m.status
    from app.attempt a join app.message m on m.portal_id = a.portal_id and m.id = a.message_id
    where a.portal_id = ${portalId} and a.id = ${attemptId}`
  return row
}
