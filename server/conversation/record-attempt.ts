import type { Tx } from '#db/tenancy.ts'
import type { MessageStatus } from '../contract.ts'
import { holdChannel } from '../channel/hold-channel.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { verdictOf, type Verdict } from '../whatsapp/errors.ts'
import { announceChange } from './announce-change.ts'
import { closeRepeats, endAttempt, repeatsOf } from './attempts.ts'
import type { Claim } from './claim-send.ts'
import { lockConversation, type LockedConversation } from './conversations.ts'
import { betterStatus } from './message-status.ts'
import { changeStatus } from './messages.ts'
import { takeParked } from './take-parked.ts'
import { watchDoubt } from './watch-doubt.ts'

/** How a call ended. `held`: the token is refused, the message waits for another one. */
export type Outcome =
  | { kind: 'accepted'; providerId: string }
  | { kind: 'refused'; code: number; retryAfterMs: number | null }
  | { kind: 'held'; errorCode: string | null }
  | { kind: 'unsent' }
  | { kind: 'unknown' }
type Sent = { portalId: PortalId; conversationId: ConversationId; claim: Claim }

const SERIES_MS = 125_000

/** Records how an attempt ended and what that makes of its message; evidence that came first wins. Answers the locked conversation where its channel is as it was. */
export async function recordAttempt(
  deps: Deps,
  tx: Tx,
  sent: Sent,
  outcome: Outcome,
): Promise<LockedConversation | undefined> {
  const { portalId, conversationId } = sent
  const [conversation, result] = await Promise.all([
    lockConversation(tx, portalId, conversationId),
    record(deps, tx, sent, outcome),
  ])
  deps.metrics.sends.inc({ result })
  deps.log.info('send', { portalId, attemptId: sent.claim.attemptId, result, remote: remoteOf(outcome) })
  // The CRM history says what was not sent; of other ends only who looks wants to know.
  if (result === 'failed') await announceChange(deps, tx, portalId, conversationId)
  else deps.hints.publish(tx, portalId, conversationId)
  return outcome.kind === 'held' ? undefined : conversation
}

const remoteOf = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.code : undefined)

function record(deps: Deps, tx: Tx, sent: Sent, outcome: Outcome): Promise<string> {
  if (outcome.kind === 'accepted') return recordAccepted(deps, tx, sent, outcome.providerId)
  if (outcome.kind === 'held') return recordHeld(deps, tx, sent, outcome.errorCode)
  if (outcome.kind === 'unknown') return recordUnknown(deps, tx, sent)
  // Nothing left this machine: like a service that is down for a moment.
  if (outcome.kind === 'unsent') return recordRefused(deps, tx, sent, verdictOf(2), 'temporary', null)
  const { code, retryAfterMs } = outcome
  return recordRefused(deps, tx, sent, verdictOf(code), String(code), retryAfterMs)
}

async function recordAccepted(
  deps: Deps,
  tx: Tx,
  { portalId, conversationId, claim }: Sent,
  providerId: string,
) {
  const { attemptId, message, channelId } = claim
  const at = new Date(deps.clock.now())
  const [, , parked, [row]] = await Promise.all([
    endAttempt(tx, portalId, attemptId, { state: 'accepted', at, providerId }),
    message.attempts > 0 ? closeRepeats(tx, portalId, message.id) : undefined,
    takeParked(tx, portalId, channelId, providerId),
    tx.sql<{ status: MessageStatus; errorCode: string | null }[]>`
      select status, error_code as "errorCode" from app.message m
      where portal_id = ${portalId} and id = ${message.id} and not exists (
        select 1 from app.message other where other.portal_id = ${portalId} and other.channel_id = ${channelId}
          and other.provider_id = ${providerId} and other.id <> m.id)`,
  ])
  if (!row) return 'accepted'
  let { status, errorCode } = row
  for (const next of [{ status: 'sent' as const, errorCode: null }, ...parked]) {
    if (betterStatus(status, next.status) === status) continue
    status = next.status
    errorCode = next.errorCode
  }
  await changeStatus(tx, portalId, { id: message.id, conversationId, providerId }, status, errorCode)
  return 'accepted'
}

async function recordUnknown(deps: Deps, tx: Tx, { portalId, conversationId, claim }: Sent) {
  const at = new Date(deps.clock.now())
  const open = await endAttempt(tx, portalId, claim.attemptId, { state: 'unconfirmed', at })
  if (!open) return 'unconfirmed'
  await changeStatus(tx, portalId, { id: claim.message.id, conversationId }, 'unconfirmed')
  await watchDoubt(deps, tx, portalId, claim.attemptId)
  return 'unconfirmed'
}

async function recordHeld(
  deps: Deps,
  tx: Tx,
  { portalId, conversationId, claim }: Sent,
  errorCode: string | null,
) {
  const { attemptId, message, number, channelId } = claim
  const end = {
    state: 'rejected' as const,
    at: new Date(deps.clock.now()),
    ...(errorCode ? { errorCode } : {}),
  }
  if (await endAttempt(tx, portalId, attemptId, end))
    await changeStatus(tx, portalId, { id: message.id, conversationId }, 'queued')
  await holdChannel(deps, tx, portalId, channelId, number.sealedToken)
  return 'held'
}

async function recordRefused(
  deps: Deps,
  tx: Tx,
  { portalId, conversationId, claim }: Sent,
  { next, delaysMs }: Verdict,
  errorCode: string,
  retryAfterMs: number | null,
) {
  const { attemptId, message } = claim
  const now = deps.clock.now()
  const repeats = await repeatsOf(tx, portalId, message.id)
  const delay = next === 'repeat' ? delaysMs[repeats.count] : undefined
  const nextAt = now + Math.max((delay ?? 0) * (1 + Math.random() / 10), retryAfterMs ?? 0)
  const inTime = nextAt - (repeats.since?.getTime() ?? now) <= SERIES_MS
  const again = delay !== undefined && inTime
  const end = { at: new Date(now), errorCode }
  const open = again
    ? await endAttempt(tx, portalId, attemptId, { ...end, state: 'retry', nextAt: new Date(nextAt) })
    : await endAttempt(tx, portalId, attemptId, { ...end, state: 'rejected' })
  if (!open) return 'settled'
  if (!again) await closeRepeats(tx, portalId, message.id)
  const place = { id: message.id, conversationId }
  await changeStatus(tx, portalId, place, again ? 'queued' : 'failed', again ? null : errorCode)
  return again ? 'retry' : 'failed'
}
