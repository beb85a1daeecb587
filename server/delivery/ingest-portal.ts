import { withPortal, type Tx } from '#db/tenancy.ts'
import { applyStatuses } from '../conversation/apply-statuses.ts'
import type { PlacedInbound } from '../conversation/inbound.ts'
import { announceOpen } from '../conversation/announce-open.ts'
import {
  ensureConversations,
  openConversations,
  pairKey,
  saveConversations,
} from '../conversation/open-conversations.ts'
import { receiveMessages } from '../conversation/receive-messages.ts'
import { readTargets } from '../conversation/status-targets.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, PortalId } from '../ids.ts'
import { resolvePeople } from '../person/resolve-people.ts'
import { describePeople } from '../person/describe-people.ts'
import type { PortalPart } from './route-deliveries.ts'

export type Ingested = { messages: number; statuses: number; dropped: number }

/** Writes what a batch holds for one portal, in one transaction. Doing it twice changes nothing. */
export function ingestPortal(
  deps: Deps,
  portalId: PortalId,
  parts: readonly PortalPart[],
): Promise<Ingested> {
  return withPortal(deps.db, portalId, async (tx) => {
    const all = {
      messages: parts.flatMap((part) => part.messages),
      statuses: parts.flatMap((part) => part.statuses),
    }
    const open = await openChannels(tx, portalId, [...all.messages, ...all.statuses])
    const isOpen = ({ channelId }: { channelId: ChannelId }) => open.has(channelId)
    const messages = all.messages.filter(isOpen)
    const statuses = all.statuses.filter(isOpen)
    const dropped = all.messages.length + all.statuses.length - messages.length - statuses.length
    const met = messages.map(({ event }) => event)
    const recipients = statuses.map(({ event }) => event.recipient)
    const { people, conflicts } = await resolvePeople(tx, portalId, met, recipients)
    for (const personId of conflicts) deps.log.warn('person.conflict', { portalId, personId })
    const pairs = messages.flatMap(({ channelId }, index) => {
      const person = people[index]
      return person ? [{ channelId, personId: person.id }] : []
    })
    const ids = await ensureConversations(tx, portalId, pairs)
    const targets = await readTargets(tx, portalId, statuses)
    const targetIds = [
      ...[...targets.byWamid.values()].map((message) => message.conversationId),
      ...[...targets.byAttempt.values()].map(({ message }) => message.conversationId),
    ]
    const conversations = await openConversations(tx, portalId, [...ids.values(), ...targetIds])
    const before = new Map([...conversations].map(([id, { lastInboundAt }]) => [id, lastInboundAt]))
    const placed = messages.flatMap((message, index): PlacedInbound[] => {
      const person = people[index]
      const pair = person && ids.get(pairKey({ channelId: message.channelId, personId: person.id }))
      const conversation = pair && conversations.get(pair)
      return person && conversation ? [{ ...message, person, conversation }] : []
    })
    const fresh = await receiveMessages(tx, deps.keyring, portalId, placed, conversations)
    const changed = await applyStatuses(tx, portalId, statuses, conversations)
    await saveConversations(tx, portalId, [...conversations.values()])
    await describePeople(tx, portalId, fresh, before)
    await touchChannels(tx, portalId, fresh)
    await announceOpen(deps, tx, portalId, [...conversations.values()])
    return { messages: fresh.length, statuses: changed, dropped }
  })
}

// Held until the commit: a portal or number that is being stopped waits for us, and nothing enters after it.
async function openChannels(
  tx: Tx,
  portalId: PortalId,
  events: readonly { channelId: ChannelId }[],
): Promise<Set<ChannelId>> {
  const ids = new Set(events.map(({ channelId }) => channelId))
  const rows = await tx.sql<{ id: ChannelId }[]>`
    select c.id from app.portal p join app.channel c on c.portal_id = p.portal_id
    where p.portal_id = ${portalId} and p.state = 'active' and c.id = any(${[...ids]}::uuid[])
      and c.status <> 'disconnected' for share of p for key share of c`
  return new Set(rows.map(({ id }) => id))
}

async function touchChannels(tx: Tx, portalId: PortalId, fresh: readonly PlacedInbound[]): Promise<void> {
  const ids = [...new Set(fresh.map(({ channelId }) => channelId))].sort()
  if (ids.length === 0) return
  await tx.sql`
    update app.channel set last_inbound_at = now()
    where portal_id = ${portalId} and id = any(${ids}::uuid[])
      and (last_inbound_at is null or last_inbound_at < now() - interval '1 second')`
}
