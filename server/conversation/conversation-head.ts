import type { RawTx } from '#db/client.ts'
import type { EntityType, RecordRef } from '../contract.ts'
import type { ConversationId, PortalId } from '../ids.ts'

export type ConversationHead = { rev: string; lastInboundAt: Date | null; refs: RecordRef[] }
/** One row for each record the conversation is bound to, one without a record where there is none. */
export type HeadRow = Omit<ConversationHead, 'refs'> & { type: EntityType | null; id: string | null }

/** The revision of a conversation and what decides who may see it, for `toHead`. */
export function conversationHead(sql: RawTx, portalId: PortalId, conversationId: ConversationId) {
  return sql<HeadRow[]>`
    select c.rev, c.last_inbound_at as "lastInboundAt", b.entity_type as type, b.entity_id as id
    from app.conversation c left join app.binding b on b.portal_id = c.portal_id and b.conversation_id = c.id
    where c.portal_id = ${portalId} and c.id = ${conversationId}`
}

/** What the rows of `conversationHead` say; undefined where there is no such conversation. */
export function toHead(rows: readonly HeadRow[]): ConversationHead | undefined {
  const [first] = rows
  if (!first) return undefined
  const refs = rows.flatMap(({ type, id }) => (type === null || id === null ? [] : [{ type, id }]))
  return { rev: first.rev, lastInboundAt: first.lastInboundAt, refs }
}
