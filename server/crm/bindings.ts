import type { Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { newId, type ConversationId, type PortalId } from '../ids.ts'

export type ChangeReason = 'phone' | 'created' | 'moved' | 'matched-again' | 'started' | 'dissolved'
export type NewChange = {
  reason: ChangeReason
  actorId?: string
  before: readonly RecordRef[]
  after: readonly RecordRef[]
  candidates?: readonly RecordRef[]
}
export type Change = {
  id: string
  reason: ChangeReason
  actorId: string | null
  before: RecordRef[]
  candidates: RecordRef[]
}

/** The records a conversation is bound to, the owner first. */
export async function readBindings(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<RecordRef[]> {
  const rows = await tx.sql<RecordRef[]>`
    select entity_type as type, entity_id as id from app.binding
    where portal_id = ${portalId} and conversation_id = ${conversationId}
    order by is_owner desc, created_at, entity_type, entity_id`
  return rows.map(({ type, id }) => ({ type, id }))
}

/**
 * Binds a locked conversation to these records instead, the first one as owner; to none: whoever comes next may look again. Its
 * entries in the history have to follow.
 */
export async function replaceBindings(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  refs: readonly RecordRef[],
): Promise<void> {
  await tx.sql`delete from app.binding where portal_id = ${portalId} and conversation_id = ${conversationId}`
  const rows = refs.map(({ type, id }, index) => ({ type, id, owner: index === 0 }))
  await tx.sql`
    insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
    select ${portalId}, ${conversationId}, type, id, owner
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh(type text, id text, owner boolean)`
  await tx.sql`
    update app.conversation set bound_at = case when ${refs.length > 0} then now() end
    where portal_id = ${portalId} and id = ${conversationId}`
  await tx.sql`
    update app.crm_activity set owner_type = null, owner_id = null
    where portal_id = ${portalId} and conversation_id = ${conversationId} and activity_id is not null`
}

/** Keeps why a conversation is bound as it is now. */
export async function noteChange(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  { reason, actorId, before, after, candidates = [] }: NewChange,
): Promise<void> {
  const { sql } = tx
  await sql`
    insert into app.binding_change (portal_id, id, conversation_id, reason, actor_id, before, after, candidates)
    values (${portalId}, ${newId()}, ${conversationId}, ${reason}, ${actorId ?? null}, ${sql.json([...before])},
      ${sql.json([...after])}, ${sql.json([...candidates])})`
}

/** The change that counts: the newest one that is not undone. */
export async function lastChange(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<Change | undefined> {
  const [row] = await tx.sql<Change[]>`
    select id, reason, actor_id as "actorId", before, candidates from app.binding_change
    where portal_id = ${portalId} and conversation_id = ${conversationId} and undone_at is null
    order by at desc, id desc limit 1`
  return row
}
