import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { sendText } from '../whatsapp/outgoing.ts'
import { noteRefused, takeTurn, wasRefused } from '../whatsapp/pace.ts'
import { verdictOf } from '../whatsapp/errors.ts'
import { claimSend, type Claim } from './claim-send.ts'
import { recordAttempt, type Outcome } from './record-attempt.ts'

/** Job `whatsapp.send`: sends what waits in a conversation, in order, one at a time, until nothing may leave now. */
export async function attemptSend(
  deps: Deps,
  { portalId, conversationId }: { portalId: PortalId; conversationId: ConversationId },
): Promise<void> {
  for (;;) {
    const claimed = await withPortal(deps.db, portalId, (tx) => claimSend(deps, tx, portalId, conversationId))
    if (claimed.kind === 'rest') return
    if (claimed.kind === 'again') continue
    // No transaction is open here: WhatsApp may take fifteen seconds.
    const outcome = await makeAttempt(deps, claimed.claim)
    await withPortal(deps.db, portalId, (tx) =>
      recordAttempt(deps, tx, { portalId, conversationId, claim: claimed.claim }, outcome),
    )
  }
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
