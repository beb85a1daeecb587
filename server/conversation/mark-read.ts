import { withPortal } from '#db/tenancy.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, MessageId } from '../ids.ts'
import { seesConversation } from './sees-conversation.ts'

type Newest = { id: MessageId; isNews: boolean }

/** Marks a conversation read up to a message, here and, by a job, on the customer's phone. Reading again changes nothing. */
export async function markRead(
  deps: Deps,
  user: CrmReader,
  { conversationId, messageId }: { conversationId: ConversationId; messageId: MessageId },
): Promise<{ ok: true } | { ok: false; reason: 'not_found' }> {
  const { portalId } = user
  if (!(await seesConversation(deps, user, conversationId))) return { ok: false, reason: 'not_found' }
  return withPortal(deps.db, portalId, async (tx) => {
    const [upTo] = await tx.sql<{ sentAt: Date }[]>`
      select sent_at as "sentAt" from app.message
      where portal_id = ${portalId} and id = ${messageId} and conversation_id = ${conversationId}`
    if (!upTo) return { ok: false, reason: 'not_found' }
    // WhatsApp marks everything before it too, so the newest inbound one stands for all.
    const [newest] = await tx.sql<Newest[]>`
      select m.id, c.read_up_to_at is null or m.sent_at > c.read_up_to_at as "isNews"
      from app.conversation c join app.message m on m.portal_id = c.portal_id and m.conversation_id = c.id
      where c.portal_id = ${portalId} and c.id = ${conversationId} and m.direction = 'in' and m.provider_id is not null
        and m.kind <> 'system' and m.sent_at <= ${upTo.sentAt}
      order by m.sent_at desc, m.order_id desc, m.position desc limit 1`
    const moved = await tx.sql`
      update app.conversation set read_up_to_at = ${upTo.sentAt}
      where portal_id = ${portalId} and id = ${conversationId}
        and (read_up_to_at is null or read_up_to_at < ${upTo.sentAt}) returning 1`
    if (moved.length > 0 && newest?.isNews)
      await deps.jobs.enqueue(tx, { queue: 'whatsapp.read', data: { portalId, messageId: newest.id } })
    return { ok: true }
  })
}
