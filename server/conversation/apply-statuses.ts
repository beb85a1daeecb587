import type { Tx } from '#db/tenancy.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import type { InboundStatus } from './inbound.ts'
import { wamidKey } from './inbound-rows.ts'
import { betterStatus } from './message-status.ts'
import { takeRev, type OpenConversation } from './open-conversations.ts'
import { parkStatuses } from './park-statuses.ts'
import { readTargets, type Target, type TargetAttempt } from './status-targets.ts'

type Open = ReadonlyMap<ConversationId, OpenConversation>

/** Applies statuses of one portal to messages of open conversations: forward only, attempts settled by what they name, early ones parked. Answers how many messages changed. */
export async function applyStatuses(
  tx: Tx,
  portalId: PortalId,
  statuses: readonly InboundStatus[],
  conversations: Open,
): Promise<number> {
  const { byWamid, byAttempt } = await readTargets(tx, portalId, statuses)
  const changed = new Set<Target>()
  const settled = new Map<string, Settled>()
  const early: InboundStatus[] = []
  for (const status of statuses) {
    const { event, channelId } = status
    const attempt = byAttempt.get(wamidKey(channelId, event.callbackId ?? ''))
    const message = byWamid.get(wamidKey(channelId, event.wamid)) ?? attempt?.message
    const conversation = message && conversations.get(message.conversationId)
    if (!message || !conversation) {
      early.push(status)
      continue
    }
    if (attempt) settle(settled, attempt, status)
    const before = message.status
    if (improve(message, attempt, status)) changed.add(message)
    // The CRM history says what was not sent, and nothing else of a status.
    if ((before === 'failed') !== (message.status === 'failed')) conversation.contentChanged = true
  }
  await saveAttempts(tx, portalId, [...settled.values()])
  await saveStatuses(tx, portalId, [...changed], conversations)
  await parkStatuses(tx, portalId, early)
  return changed.size
}

type Settled = {
  id: string
  state: 'accepted' | 'rejected'
  providerId: string
  at: Date
  errorCode: string | null
}

// Any status proves that WhatsApp took the call; `failed` alone says that nothing came of it.
function settle(settled: Map<string, Settled>, attempt: TargetAttempt, { event, at }: InboundStatus): void {
  const isOpen = attempt.state === 'sending' || attempt.state === 'unconfirmed'
  if (!isOpen && attempt.attemptProviderId !== null) return
  const before = settled.get(attempt.attemptId)
  const state = event.status === 'failed' && before?.state !== 'accepted' ? 'rejected' : 'accepted'
  settled.set(attempt.attemptId, {
    id: attempt.attemptId,
    ...{ state, at, providerId: event.wamid },
    errorCode: state === 'rejected' ? (event.errorCode ?? null) : null,
  })
}

function improve(message: Target, attempt: TargetAttempt | undefined, { event }: InboundStatus): boolean {
  let changed = false
  if (message.providerId === null) {
    message.providerId = event.wamid
    changed = true
  }
  // An earlier call that failed says nothing about the one that was made after it.
  const isPast = message.providerId !== event.wamid || (attempt !== undefined && !attempt.isLatest)
  if (event.status === 'failed' && isPast) return changed
  if (betterStatus(message.status, event.status) === message.status) return changed
  message.status = event.status
  message.errorCode = event.status === 'failed' ? (event.errorCode ?? 'other') : null
  message.errorText = event.status === 'failed' ? (event.errorText ?? null) : null
  return true
}

async function saveAttempts(tx: Tx, portalId: PortalId, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  await tx.sql`
    update app.attempt a set provider_id = coalesce(a.provider_id, fresh."providerId"), next_at = null,
      state = case when a.state in ('accepted', 'rejected') and fresh.state = 'rejected' then a.state else fresh.state end,
      error_code = coalesce(fresh."errorCode", a.error_code), ended_at = coalesce(a.ended_at, fresh.at)
    from json_to_recordset(${JSON.stringify(settled)}::json) as fresh(id uuid, state text, "providerId" text, at timestamptz,
      "errorCode" text)
    where a.portal_id = ${portalId} and a.id = fresh.id`
}

async function saveStatuses(
  tx: Tx,
  portalId: PortalId,
  changed: readonly Target[],
  conversations: Open,
): Promise<void> {
  const rows = changed.flatMap((message) => {
    const conversation = conversations.get(message.conversationId)
    return conversation ? [{ ...message, rev: takeRev(conversation) }] : []
  })
  if (rows.length === 0) return
  await tx.sql`
    update app.message m set status = fresh.status, error_code = fresh."errorCode", error_text = fresh."errorText",
      provider_id = coalesce(m.provider_id, fresh."providerId"), rev = fresh.rev
    from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ status }) => status)}::text[],
      ${rows.map(({ errorCode }) => errorCode)}::text[], ${rows.map(({ errorText }) => errorText)}::text[],
      ${rows.map(({ providerId }) => providerId)}::text[], ${rows.map(({ rev }) => rev)}::bigint[])
      as fresh(id, status, "errorCode", "errorText", "providerId", rev)
    where m.portal_id = ${portalId} and m.id = fresh.id`
}
