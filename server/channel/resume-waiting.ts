import type { Tx } from '#db/tenancy.ts'
import { wakeSends } from '../conversation/send-message.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, ConversationId, PortalId } from '../ids.ts'

/** Lets the messages go on that waited for a number, or for any number of a portal. */
export async function resumeWaiting(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  channelId?: ChannelId,
): Promise<void> {
  const rows = await tx.sql<{ id: ConversationId }[]>`
    select distinct conversation_id as id from app.message
    where portal_id = ${portalId} and direction = 'out' and status in ('queued', 'sending')
      and (${channelId ?? null}::uuid is null or channel_id = ${channelId ?? null}::uuid)`
  await wakeSends(
    deps,
    tx,
    portalId,
    rows.map(({ id }) => id),
  )
}
