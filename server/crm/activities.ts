import type { Tx } from '#db/tenancy.ts'
import type { EntityType, RecordRef } from '../contract.ts'
import { lockConversation } from '../conversation/conversations.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { readBindings } from './bindings.ts'
import type { Span } from './plan-spans.ts'
import { refKey } from './read-rights.ts'
import type { ShownMessage } from './render-activity.ts'

/** An entry of the history as we know it. `owner` is null when its records have changed since the portal was told. */
export type ActivityRow = Span & {
  activityId: string | null
  owner: RecordRef | null
  shownRev: number
  addStartedAt: Date | null
}

/** The entries of a conversation, oldest first. */
export async function readActivities(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<ActivityRow[]> {
  type Row = Pick<ActivityRow, 'id' | 'activityId' | 'addStartedAt'> & {
    from: Date
    to: Date
    ownerType: EntityType | null
    ownerId: string | null
    shownRev: string
  }
  const rows = await tx.sql<Row[]>`
    select id, span_from as "from", span_to as "to", activity_id as "activityId", owner_type as "ownerType",
      owner_id as "ownerId", shown_rev as "shownRev", add_started_at as "addStartedAt"
    from app.crm_activity where portal_id = ${portalId} and conversation_id = ${conversationId} order by span_from`
  return rows.map(({ id, from, to, activityId, ownerType, ownerId, shownRev, addStartedAt }) => ({
    ...{ id, activityId, addStartedAt, from: from.getTime(), to: to.getTime() },
    owner: ownerType && ownerId ? { type: ownerType, id: ownerId } : null,
    shownRev: Number(shownRev),
  }))
}

/** Writes new and stretched spans. A span that is no longer the last has to be told again: nobody waits there any more. */
export async function saveSpans(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  spans: readonly Span[],
  known: readonly ActivityRow[],
): Promise<void> {
  const isSaved = (span: Span) =>
    known.some(({ id, from, to }) => id === span.id && from === span.from && to === span.to)
  const rows = spans
    .filter((span) => !isSaved(span))
    .map(({ id, from, to }) => ({ id, from: new Date(from), to: new Date(to) }))
  if (rows.length === 0) return
  await tx.sql`
    insert into app.crm_activity (portal_id, id, conversation_id, span_from, span_to)
    select ${portalId}, id, ${conversationId}, "from", "to"
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh(id uuid, "from" timestamptz, "to" timestamptz)
    on conflict (portal_id, id) do update set span_from = excluded.span_from, span_to = excluded.span_to`
  const last = known.at(-1)
  if (!last || spans.at(-1)?.id === last.id) return
  await tx.sql`
    update app.crm_activity a set shown_rev = least(a.shown_rev, (select max(m.rev) - 1 from app.message m
      where m.portal_id = a.portal_id and m.conversation_id = a.conversation_id
        and m.sent_at between a.span_from and a.span_to))
    where a.portal_id = ${portalId} and a.id = ${last.id} and a.activity_id is not null`
}

/** The latest messages of a span, oldest first. */
export async function readSpan(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  { from, to }: Span,
  limit: number,
): Promise<ShownMessage[]> {
  const rows = await tx.sql<ShownMessage[]>`
    select direction, kind, text, status, author_kind as "authorKind", author_name as "authorName", sent_at as "sentAt"
    from app.message where portal_id = ${portalId} and conversation_id = ${conversationId}
      and sent_at between ${new Date(from)} and ${new Date(to)} and not removed
    order by sent_at desc, order_id desc, position desc limit ${limit}`
  return rows.toReversed()
}

/** Which of these entries hold a message that changed after they were shown. */
export async function changedAmong(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<Set<string>> {
  const rows = await tx.sql<{ id: string }[]>`
    select a.id from app.crm_activity a where a.portal_id = ${portalId} and a.conversation_id = ${conversationId}
      and exists (select 1 from app.message m where m.portal_id = a.portal_id
        and m.conversation_id = a.conversation_id and m.rev > a.shown_rev
        and m.sent_at between a.span_from and a.span_to)`
  return new Set(rows.map(({ id }) => id))
}

/** Whether an entry is still on records its conversation has left: a move changes no message. */
export async function isMisplaced(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from app.crm_activity where portal_id = ${portalId} and conversation_id = ${conversationId}
      and activity_id is not null and owner_type is null limit 1`
  return rows.length > 0
}

/** Claims the right to add an entry at the portal; false when somebody has it. Noted before the call, so that a crash leaves a trace. */
export async function claimAdd(
  tx: Tx,
  portalId: PortalId,
  id: string,
  owner: RecordRef,
  at: Date,
): Promise<boolean> {
  const rows = await tx.sql`
    update app.crm_activity set add_started_at = ${at}, owner_type = ${owner.type}, owner_id = ${owner.id}
    where portal_id = ${portalId} and id = ${id} and activity_id is null and add_started_at is null returning 1`
  return rows.length > 0
}

/** The entry is not at the portal, and nobody is adding it. */
export async function forgetActivity(tx: Tx, portalId: PortalId, id: string): Promise<void> {
  await tx.sql`
    update app.crm_activity set activity_id = null, add_started_at = null, owner_type = null, owner_id = null
    where portal_id = ${portalId} and id = ${id}`
}

/** The portal has the entry under this id; on which records is still to be made sure. */
export async function saveActivity(
  tx: Tx,
  portalId: PortalId,
  id: string,
  activityId: string,
): Promise<void> {
  await tx.sql`
    update app.crm_activity set activity_id = ${activityId}, owner_type = null, owner_id = null
    where portal_id = ${portalId} and id = ${id}`
}

/** The entry is on these records, unless the conversation was bound to others meanwhile. */
export async function saveAligned(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  id: string,
  refs: readonly RecordRef[],
): Promise<void> {
  await lockConversation(tx, portalId, conversationId)
  const now = await readBindings(tx, portalId, conversationId)
  const [owner] = refs
  if (!owner || now.map(refKey).join() !== refs.map(refKey).join()) return
  await tx.sql`
    update app.crm_activity set owner_type = ${owner.type}, owner_id = ${owner.id}
    where portal_id = ${portalId} and id = ${id} and activity_id is not null`
}

/** The portal shows everything up to this revision. */
export async function saveShown(tx: Tx, portalId: PortalId, id: string, rev: number): Promise<void> {
  await tx.sql`
    update app.crm_activity set shown_rev = greatest(shown_rev, ${rev}) where portal_id = ${portalId} and id = ${id}`
}
