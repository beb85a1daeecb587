import { withPortal, type Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { mayRead, type CrmReader } from '../crm/read-rights.ts'
import { startOptions } from '../crm/start-options.ts'
import type { Actor, Deps } from '../deps.ts'
import { newId, type ChannelId, type ConversationId, type PortalId } from '../ids.ts'
import { findOrCreatePerson } from '../person/find-or-create-person.ts'
import { ensureConversations } from './open-conversations.ts'

type Starter = CrmReader & { actor: Extract<Actor, { kind: 'user' }> }
export type StartVerdict =
  | { ok: true; id: ConversationId; fresh: boolean }
  | { ok: false; reason: 'not_found' | 'channel_disconnected' | 'phone_unknown' }

/**
 * Opens the conversation with a phone of a CRM record on one of our numbers; the same again is the same conversation.
 * Sends nothing: the first message needs a template. Throws `rights_unavailable`.
 */
export async function startConversation(
  deps: Deps,
  who: Starter,
  input: { channelId: ChannelId; record: RecordRef; phone?: string },
): Promise<StartVerdict> {
  if (!(await mayRead(deps, who, input.record))) return { ok: false, reason: 'not_found' }
  const { phones } = await startOptions(deps, who, input.record)
  const phone = choosePhone(phones, input.phone)
  if (!phone) return { ok: false, reason: 'phone_unknown' }
  return withPortal(deps.db, who.portalId, (tx) => startInside(tx, who, input, phone))
}

const digitsOf = (phone: string): string => phone.replaceAll(/\D/g, '')

// With several phones the caller has to say which; one that is not on the record is never written to.
function choosePhone(phones: readonly string[], wanted: string | undefined): string | undefined {
  const known = [...new Set(phones.map(digitsOf))]
  if (wanted === undefined) return known.length === 1 ? known[0] : undefined
  return known.find((phone) => phone === digitsOf(wanted))
}

async function startInside(
  tx: Tx,
  { portalId, actor }: Starter,
  { channelId, record }: { channelId: ChannelId; record: RecordRef },
  phone: string,
): Promise<StartVerdict> {
  const [channel] = await tx.sql<{ status: string }[]>`
    select status from app.channel where portal_id = ${portalId} and id = ${channelId}`
  if (!channel) return { ok: false, reason: 'not_found' }
  if (channel.status === 'disconnected') return { ok: false, reason: 'channel_disconnected' }
  const personId = await findOrCreatePerson(tx, portalId, { phone }, '')
  const made = await ensureConversations(tx, portalId, [{ channelId, personId }])
  const [id] = [...made.values()]
  if (!id) return { ok: false, reason: 'not_found' }
  const fresh = await bindStarted(tx, portalId, id, record, actor.id)
  return { ok: true, id, fresh }
}

// Only a conversation nobody has bound yet is bound to the record it was started from; bindings are sticky.
async function bindStarted(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  record: RecordRef,
  actorId: string,
): Promise<boolean> {
  const rows = await tx.sql`
    with held as (
      select id from app.conversation c where portal_id = ${portalId} and id = ${conversationId}
        and not exists (select 1 from app.binding b where b.portal_id = c.portal_id and b.conversation_id = c.id) for update)
    insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
    select ${portalId}, id, ${record.type}, ${record.id}, true from held on conflict do nothing returning 1`
  if (rows.length === 0) return false
  await tx.sql`
    update app.conversation set bound_at = now() where portal_id = ${portalId} and id = ${conversationId}`
  await tx.sql`
    insert into app.binding_change (portal_id, id, conversation_id, reason, actor_id, before, after)
    values (${portalId}, ${newId()}, ${conversationId}, 'started', ${actorId}, '[]', ${tx.sql.json([record])})`
  return true
}
