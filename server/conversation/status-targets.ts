import type { Tx } from '#db/tenancy.ts'
import type { AttemptId, ChannelId, ConversationId, MessageId, PortalId } from '../ids.ts'
import type { MessageStatus } from '../contract.ts'
import type { InboundStatus } from './inbound.ts'
import { wamidKey } from './inbound-rows.ts'

/** An outbound message a status may be about. */
export type Target = {
  id: MessageId
  channelId: ChannelId
  conversationId: ConversationId
  providerId: string | null
  status: MessageStatus
  errorCode: string | null
  errorText: string | null
}
/** One call for a message: what `biz_opaque_callback_data` names. */
export type TargetAttempt = {
  attemptId: AttemptId
  state: 'sending' | 'accepted' | 'rejected' | 'retry' | 'unconfirmed'
  attemptProviderId: string | null
  isLatest: boolean
  message: Target
}
export type Targets = { byWamid: Map<string, Target>; byAttempt: Map<string, TargetAttempt> }

/** What these statuses are about, as far as we know: by the WhatsApp id, and by the attempt they name. One object per message. */
export async function readTargets(
  tx: Tx,
  portalId: PortalId,
  statuses: readonly InboundStatus[],
): Promise<Targets> {
  if (statuses.length === 0) return { byWamid: new Map(), byAttempt: new Map() }
  const [messages, attempts] = await Promise.all([
    readMessages(tx, portalId, statuses),
    readAttempts(tx, portalId, statuses),
  ])
  const byId = new Map<string, Target>()
  const one = (row: Target): Target => {
    const known = byId.get(row.id) ?? row
    byId.set(row.id, known)
    return known
  }
  const byWamid = new Map(messages.map((row) => [wamidKey(row.channelId, row.providerId ?? ''), one(row)]))
  const byAttempt = new Map(
    attempts.map(({ attemptId, state, attemptProviderId, isLatest, ...row }) => [
      wamidKey(row.channelId, attemptId),
      { attemptId, state, attemptProviderId, isLatest, message: one(row) },
    ]),
  )
  return { byWamid, byAttempt }
}

function readMessages(tx: Tx, portalId: PortalId, statuses: readonly InboundStatus[]): Promise<Target[]> {
  const channelIds = [...new Set(statuses.map(({ channelId }) => channelId))]
  const wamids = [...new Set(statuses.map(({ event }) => event.wamid))]
  return tx.sql<Target[]>`
    select id, channel_id as "channelId", conversation_id as "conversationId", provider_id as "providerId", status,
      error_code as "errorCode", error_text as "errorText"
    from app.message where portal_id = ${portalId} and channel_id = any(${channelIds}::uuid[])
      and provider_id = any(${wamids}::text[]) and provider_id is not null and direction = 'out'`
}

async function readAttempts(
  tx: Tx,
  portalId: PortalId,
  statuses: readonly InboundStatus[],
): Promise<(Omit<TargetAttempt, 'message'> & Target)[]> {
  const ids = statuses.flatMap(({ event }) => event.callbackId ?? [])
  if (ids.length === 0) return []
  return tx.sql<(Omit<TargetAttempt, 'message'> & Target)[]>`
    select a.id as "attemptId", a.state, a.provider_id as "attemptProviderId", m.id, m.channel_id as "channelId",
      m.conversation_id as "conversationId", m.provider_id as "providerId", m.status, m.error_code as "errorCode",
      m.error_text as "errorText", not exists (select 1 from app.attempt later where later.portal_id = a.portal_id
        and later.message_id = a.message_id and later.number > a.number) as "isLatest"
    from app.attempt a join app.message m on m.portal_id = a.portal_id and m.id = a.message_id
    where a.portal_id = ${portalId} and a.id = any(${[...new Set(ids)]}::uuid[])`
}
