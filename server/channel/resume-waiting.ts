import type { Tx } from '#db/tenancy.ts'
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
  if (rows.length === 0) return
  const jobs = rows.map(({ id }) => ({
    queue: 'whatsapp.send' as const,
    data: { portalId, conversationId: id },
    key: id,
  }))
  await deps.jobs.enqueue(tx, jobs)
}
