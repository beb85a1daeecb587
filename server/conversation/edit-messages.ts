import type { Tx } from '#db/tenancy.ts'
import type { PortalId } from '../ids.ts'
import type { InboundRow, KnownMessage } from './inbound-rows.ts'
import { takeRev, type OpenConversation } from './open-conversations.ts'

type Editable = { kind: string; text: string | null; editedAt: Date | null; removed: boolean }
export type Edit = { what: 'text' | 'removal'; text: string | null; at: Date }

/** Whether an edit or revoke may change this message: the customer's own, in the same conversation, and read by us. */
export function isEditable(
  original: KnownMessage | InboundRow | undefined,
  edit: Pick<Edit, 'what'>,
  conversationId: string,
): original is KnownMessage | InboundRow {
  if (!original || original.conversationId !== conversationId) return false
  if ('direction' in original && original.direction !== 'in') return false
  return edit.what === 'removal' ? original.kind !== 'system' : original.kind === 'text'
}

/** Changes the text or takes the message away; answers whether that changed anything. Order of arrival does not matter: the latest edit wins, within a second the greater text. */
export function edit(original: Editable, { what, text, at }: Edit): boolean {
  if (original.removed) return false
  if (what === 'removal') {
    original.removed = true
    original.text = null
    return true
  }
  const before = original.editedAt?.getTime() ?? -Infinity
  const isLater = at.getTime() > before || (at.getTime() === before && (text ?? '') > (original.text ?? ''))
  if (!isLater) return false
  original.text = text
  original.editedAt = at
  return true
}

/** Writes edited messages, each with a new revision of its conversation. */
export async function saveEdits(
  tx: Tx,
  portalId: PortalId,
  edited: readonly { message: KnownMessage; conversation: OpenConversation }[],
): Promise<void> {
  if (edited.length === 0) return
  const rows = edited.map(({ message: { id, text, editedAt, removed }, conversation }) => {
    conversation.contentChanged = true
    return { ...{ id, text, editedAt, removed }, rev: takeRev(conversation) }
  })
  await tx.sql`
    update app.message m set text = fresh.text, edited_at = fresh."editedAt", removed = fresh.removed, rev = fresh.rev
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh(id uuid, text text, "editedAt" timestamptz, removed boolean, rev bigint)
    where m.portal_id = ${portalId} and m.id = fresh.id`
  const removed = edited.filter(({ message }) => message.removed)
  await tx.sql`
    delete from app.message_payload
    where portal_id = ${portalId} and message_id = any(${removed.map(({ message }) => message.id)}::uuid[])`
  for (const { message, conversation } of removed) {
    if (conversation.lastMessageId === message.id) await showLatest(tx, portalId, conversation)
  }
}

async function showLatest(tx: Tx, portalId: PortalId, conversation: OpenConversation): Promise<void> {
  const [latest] = await tx.sql<{ id: string; sentAt: Date; orderId: string; position: number }[]>`
    select id, sent_at as "sentAt", order_id as "orderId", position from app.message
    where portal_id = ${portalId} and conversation_id = ${conversation.id} and not removed
    order by sent_at desc, order_id desc, position desc limit 1`
  conversation.lastMessageId = latest?.id ?? null
  conversation.lastMessageAt = latest?.sentAt ?? conversation.lastMessageAt
  conversation.lastOrderId = latest?.orderId ?? null
  conversation.lastPosition = latest?.position ?? 0
}
