import { withPortal } from '#db/tenancy.ts'
import { openToken } from '../channel/channel-token.ts'
import { holdChannel } from '../channel/hold-channel.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, MessageId, PortalId } from '../ids.ts'
import { verdictOf } from '../whatsapp/errors.ts'
import { sendRead } from '../whatsapp/outgoing.ts'
import { noteRefused, wasRefused } from '../whatsapp/pace.ts'

// WhatsApp takes a read receipt within 30 days of the message (Cloud API, mark messages as read).
const DAYS_30_MS = 30 * 24 * 3_600_000
// Marking as read is idempotent; after an hour it is not worth another call.
const AGAIN_WITHIN_MS = 3_600_000
const AGAIN_MS = 30_000

type Target = {
  channelId: ChannelId
  phoneNumberId: string
  sealed: Uint8Array
  providerId: string
  sentAt: Date
}

/** Job `whatsapp.read`: tells the customer's phone what was read. Best effort: a refusal ends it, silence repeats it within the hour. */
export async function tellRead(
  deps: Deps,
  { portalId, messageId }: { portalId: PortalId; messageId: MessageId },
): Promise<void> {
  const target = await withPortal(deps.db, portalId, async (tx) => {
    const [row] = await tx.sql<Target[]>`
      select ch.id as "channelId", ch.phone_number_id as "phoneNumberId", ch.access_token as sealed,
        m.provider_id as "providerId", m.sent_at as "sentAt"
      from app.message m
      join app.channel ch on ch.portal_id = m.portal_id and ch.id = m.channel_id and ch.status = 'connected'
      join app.portal p on p.portal_id = m.portal_id and p.state = 'active'
      where m.portal_id = ${portalId} and m.id = ${messageId} and m.provider_id is not null
        and ch.access_token is not null`
    if (!row || deps.clock.now() - row.sentAt.getTime() > DAYS_30_MS) return undefined
    if (wasRefused(deps, row.phoneNumberId, row.sealed)) return undefined
    return { ...row, token: await openToken(tx, deps.keyring, portalId, row.channelId, row.sealed) }
  })
  if (!target) return
  const answer = await sendRead(deps, target, target.providerId)
  if (answer.ok) return
  const { failure } = answer
  const verdict = failure.kind === 'refused' ? verdictOf(failure.code) : null
  const remote = failure.kind === 'refused' ? failure.code : failure.kind
  deps.log.info('read.refused', { portalId, messageId, remote })
  const { phoneNumberId, sealed, channelId } = target
  if (verdict?.next === 'hold') noteRefused(deps, phoneNumberId, sealed)
  const young = deps.clock.now() - target.sentAt.getTime() < AGAIN_WITHIN_MS
  await withPortal(deps.db, portalId, async (tx) => {
    if (verdict?.next === 'hold') await holdChannel(deps, tx, portalId, channelId, sealed)
    else if (young && (!verdict || verdict.next === 'repeat'))
      await deps.jobs.enqueue(tx, {
        queue: 'whatsapp.read',
        data: { portalId, messageId },
        afterMs: AGAIN_MS,
      })
  })
}
