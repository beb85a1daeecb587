import type { Tx } from '#db/tenancy.ts'
import { newId, type ChannelId, type ConversationId, type PersonId, type PortalId } from '../ids.ts'

/** A conversation held for update; its fields are changed here and written once by `saveConversations`. */
export type OpenConversation = {
  readonly id: ConversationId
  readonly channelId: ChannelId
  readonly personId: PersonId
  rev: number
  unanswered: number
  lastInboundAt: Date | null
  lastMessageAt: Date | null
  lastMessageId: string | null
  /** Order of the last message within its second. */
  lastOrderId: string | null
  lastPosition: number
  /** A `crm.sync` job waits already. */
  crmDue: boolean
  /** Content changed: the CRM history has to follow. */
  contentChanged: boolean
  changed: boolean
}
type Pair = { channelId: ChannelId; personId: PersonId }

/** The conversations of these pairs, created where there is none yet. Not locked. */
export async function ensureConversations(
  tx: Tx,
  portalId: PortalId,
  pairs: readonly Pair[],
): Promise<Map<string, ConversationId>> {
  const wanted = [...new Map(pairs.map((pair) => [pairKey(pair), pair])).values()]
  const found = await readPairs(tx, portalId, wanted)
  const missing = wanted.filter((pair) => !found.has(pairKey(pair))).map((pair) => ({ id: newId(), ...pair }))
  if (missing.length === 0) return found
  await tx.sql`
    insert into app.conversation (portal_id, id, channel_id, person_id)
    select ${portalId}, id, "channelId", "personId"
    from json_to_recordset(${JSON.stringify(missing)}::json) as fresh(id uuid, "channelId" uuid, "personId" uuid)
    order by "channelId", "personId"
    on conflict (portal_id, channel_id, person_id) do nothing`
  return readPairs(tx, portalId, wanted)
}

/** The key of a pair in a map. */
export const pairKey = ({ channelId, personId }: Pair): string => `${channelId}:${personId}`

async function readPairs(
  tx: Tx,
  portalId: PortalId,
  pairs: readonly Pair[],
): Promise<Map<string, ConversationId>> {
  if (pairs.length === 0) return new Map()
  const rows = await tx.sql<(Pair & { id: ConversationId })[]>`
    select c.id, c.channel_id as "channelId", c.person_id as "personId"
    from json_to_recordset(${JSON.stringify(pairs)}::json) as wanted("channelId" uuid, "personId" uuid)
    join app.conversation c on c.portal_id = ${portalId}
      and c.channel_id = wanted."channelId" and c.person_id = wanted."personId"`
  return new Map(rows.map((row) => [pairKey(row), row.id]))
}

type Row = Omit<OpenConversation, 'rev' | 'contentChanged' | 'changed'> & { rev: string }

/** Locks conversations in the order of their ids, which everybody who takes several does. */
export async function openConversations(
  tx: Tx,
  portalId: PortalId,
  ids: readonly ConversationId[],
): Promise<Map<ConversationId, OpenConversation>> {
  if (ids.length === 0) return new Map()
  const wanted = [...new Set(ids)].sort()
  const rows = await tx.sql<Row[]>`
    select c.id, c.channel_id as "channelId", c.person_id as "personId", c.rev, c.unanswered,
      c.last_inbound_at as "lastInboundAt", c.last_message_at as "lastMessageAt",
      c.last_message_id as "lastMessageId", c.crm_due as "crmDue", m.order_id as "lastOrderId", coalesce(m.position, 0) as "lastPosition"
    from app.conversation c
    left join app.message m on m.portal_id = c.portal_id and m.id = c.last_message_id
    where c.portal_id = ${portalId} and c.id = any(${wanted}::uuid[]) order by c.id for update of c`
  return new Map(
    rows.map((row) => [row.id, { ...row, rev: Number(row.rev), contentChanged: false, changed: false }]),
  )
}

/** Takes the next revision of an open conversation. */
export function takeRev(conversation: OpenConversation): number {
  conversation.changed = true
  conversation.rev += 1
  return conversation.rev
}

/** Writes what was changed on open conversations. */
export async function saveConversations(
  tx: Tx,
  portalId: PortalId,
  conversations: readonly OpenConversation[],
): Promise<void> {
  const rows = conversations.filter(({ changed }) => changed)
  if (rows.length === 0) return
  await tx.sql`
    update app.conversation c set rev = fresh.rev, unanswered = fresh.unanswered,
      last_inbound_at = fresh."lastInboundAt", last_message_at = fresh."lastMessageAt", last_message_id = fresh."lastMessageId",
      crm_due = fresh."crmDue" or fresh."contentChanged"
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh(id uuid, rev bigint, unanswered int,
      "lastInboundAt" timestamptz, "lastMessageAt" timestamptz, "lastMessageId" uuid, "crmDue" boolean, "contentChanged" boolean)
    where c.portal_id = ${portalId} and c.id = fresh.id`
}
