import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, ConversationId, PortalId } from '../ids.ts'

/** Ends the queued messages of a disconnected number, of one conversation or of all: nothing will send them. */
export async function failWaiting(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  channelId: ChannelId,
  conversationId?: ConversationId,
): Promise<void> {
  const touched = await tx.sql<{ id: ConversationId }[]>`
    with waiting as (
      select m.id, m.conversation_id, row_number() over (partition by m.conversation_id order by m.sent_at, m.order_id) as n
      from app.message m
      where m.portal_id = ${portalId} and m.channel_id = ${channelId} and m.direction = 'out' and m.status = 'queued'
        and (${conversationId ?? null}::uuid is null or m.conversation_id = ${conversationId ?? null}::uuid)
    ), moved as (
      update app.conversation c set rev = c.rev + counted.n
      from (select conversation_id, count(*) as n from waiting group by 1) counted
      where c.portal_id = ${portalId} and c.id = counted.conversation_id returning c.id, c.rev - counted.n as before
    ), failed as (
      update app.message m set status = 'failed', error_code = 'channel_disconnected', rev = moved.before + waiting.n
      from waiting join moved on moved.id = waiting.conversation_id
      where m.portal_id = ${portalId} and m.id = waiting.id
    )
    select id from moved`
  await tx.sql`
    update app.attempt a set state = 'rejected', next_at = null from app.message m
    where a.portal_id = ${portalId} and a.state = 'retry' and m.portal_id = a.portal_id and m.id = a.message_id
      and m.channel_id = ${channelId} and m.status = 'failed'`
  for (const { id } of touched) deps.hints.publish(tx, portalId, id)
}
