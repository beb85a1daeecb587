import type { Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import type { ConversationRow } from './to-conversation.ts'

/** Where a page begins: after the conversation with this time of the last message. */
export type ConversationPlace = { at: Date | null; id: string }
export type ConversationFilter = {
  only?: ConversationId
  /** Bound to one of these. */
  refs?: readonly RecordRef[]
  after?: ConversationPlace | undefined
  limit: number
}

/** Conversations of a portal with everything the API shows of them, the latest message first. */
export function conversationRows(
  { sql }: Tx,
  portalId: PortalId,
  filter: ConversationFilter,
): Promise<ConversationRow[]> {
  const { only, refs, after, limit } = filter
  const one = only ? sql`and c.id = ${only}` : sql``
  const bound = refs
    ? sql`and exists (select 1 from app.binding b join unnest(
        ${refs.map((ref) => ref.type)}::text[], ${refs.map((ref) => ref.id)}::text[]) as r (type, id)
        on b.entity_type = r.type and b.entity_id = r.id
        where b.portal_id = c.portal_id and b.conversation_id = c.id)`
    : sql``
  return sql<ConversationRow[]>`
    select ${sql.unsafe(MESSAGE_COLUMNS)}, c.id as "conversationId", c.unanswered, c.last_inbound_at as "lastInboundAt",
      c.last_message_at as "lastMessageAt", ch.id as "channelId", ch.kind as "channelKind", ch.name as "channelName",
      ch.phone as "channelPhone", p.id as "personId", p.name as "personName", p.phone as "personPhone",
      p.username as "personUsername",
      coalesce((select jsonb_agg(jsonb_build_object('type', b.entity_type, 'id', b.entity_id)) from app.binding b
        where b.portal_id = c.portal_id and b.conversation_id = c.id), '[]') as refs
    from (select * from app.conversation c
      where c.portal_id = ${portalId} ${one} ${bound} ${older(sql, after)}
      order by c.last_message_at desc, c.id desc limit ${limit}) c
    join app.channel ch on ch.portal_id = c.portal_id and ch.id = c.channel_id
    join app.person p on p.portal_id = c.portal_id and p.id = c.person_id
    left join app.message m on m.portal_id = c.portal_id and m.id = c.last_message_id and not m.removed
    order by c.last_message_at desc, c.id desc`
}

// Conversations without a message yet stand first: in a descending index, null comes before every time.
function older(sql: Tx['sql'], after: ConversationPlace | undefined) {
  if (!after) return sql``
  return after.at === null
    ? sql`and (c.last_message_at is not null or c.id < ${after.id}::uuid)`
    : sql`and (c.last_message_at, c.id) < (${after.at}, ${after.id}::uuid)`
}
