import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { sendText } from '../whatsapp/outgoing.ts'
import { noteRefused, takeTurn, wasRefused } from '../whatsapp/pace.ts'
import { verdictOf } from '../whatsapp/errors.ts'
import { endUnanswered } from './attempts.ts'
import { claimSend, type Claim } from './claim-send.ts'
import { lockConversation, type LockedConversation } from './conversations.ts'
import { changeStatus } from './messages.ts'
import { recordAttempt, type Outcome } from './record-attempt.ts'
import { watchDoubt } from './watch-doubt.ts'

type Conversation = { portalId: PortalId; conversationId: ConversationId }

/** Job `whatsapp.send`: sends what waits in a conversation, in order, one at a time, until nothing may leave now. */
export async function attemptSend(deps: Deps, { portalId, conversationId }: Conversation): Promise<void> {
  const claim = (tx: Tx, locked?: LockedConversation) => claimSend(deps, tx, portalId, conversationId, locked)
  let claimed = await withPortal(deps.db, portalId, async (tx) =>
    claim(tx, await settleLost(deps, tx, portalId, conversationId)),
  )
  while (claimed.kind !== 'rest') {
    if (claimed.kind === 'again') {
      claimed = await withPortal(deps.db, portalId, (tx) => claim(tx))
      continue
    }
    const made = { portalId, conversationId, claim: claimed.claim }
    // No transaction is open here: WhatsApp may take fifteen seconds.
    const outcome = await makeAttempt(deps, made.claim)
    claimed = await withPortal(deps.db, portalId, async (tx) =>
      claim(tx, await recordAttempt(deps, tx, made, outcome)),
    )
  }
}

// Jobs of one conversation run one at a time: an attempt that is under way here belongs to a process that died.
async function settleLost(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<LockedConversation | undefined> {
  const [conversation, lost] = await Promise.all([
    lockConversation(tx, portalId, conversationId),
    endUnanswered(tx, portalId, conversationId, new Date(deps.clock.now())),
  ])
  for (const { attemptId, messageId: id } of lost) {
    await changeStatus(tx, portalId, { id, conversationId }, 'unconfirmed')
    await watchDoubt(deps, tx, portalId, attemptId)
  }
  if (lost.length > 0) deps.hints.publish(tx, portalId, conversationId)
  return conversation
}

async function makeAttempt(deps: Deps, { attemptId, message, number, to }: Claim): Promise<Outcome> {
  const waitMs = takeTurn(deps, number.phoneNumberId)
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  if (wasRefused(deps, number.phoneNumberId, number.sealedToken)) return { kind: 'held', errorCode: null }
  const { text, replyTo } = message
  const answer = await sendText(deps, number, { to, text, replyTo, callbackData: attemptId })
  deps.metrics.sendLag.observe(Math.max(0, deps.clock.now() - message.sentAt.getTime()) / 1000)
  if (answer.ok) return { kind: 'accepted', providerId: answer.data }
  const { failure } = answer
  if (failure.kind !== 'refused') return failure
  const { code, retryAfterMs } = failure
  if (verdictOf(code).next !== 'hold') return { kind: 'refused', code, retryAfterMs }
  // Before anything is awaited, so that no other conversation of this number spends a call on the dead token.
  noteRefused(deps, number.phoneNumberId, number.sealedToken)
  return { kind: 'held', errorCode: String(code) }
}
