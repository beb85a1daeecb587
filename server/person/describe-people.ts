import type { Tx } from '#db/tenancy.ts'
import type { PlacedInbound } from '../conversation/inbound.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { updatePeople, type KnownPerson } from './people.ts'

/** Takes over name, username and phone from new messages, unless a later message was known `before` (its time per conversation). */
export async function describePeople(
  tx: Tx,
  portalId: PortalId,
  fresh: readonly PlacedInbound[],
  before: ReadonlyMap<ConversationId, Date | null>,
): Promise<void> {
  const changed = new Set<KnownPerson>()
  const inOrder = [...fresh].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime())
  for (const { event, person, conversation, sentAt } of inOrder) {
    const last = before.get(conversation.id)
    if (last && sentAt < last) continue
    const { name = person.name, username = person.username } = event.sender
    const digits = event.becomes?.phone ?? event.sender.phone
    const phone = digits ? `+${digits}` : person.phone
    if (name === person.name && username === person.username && phone === person.phone) continue
    Object.assign(person, { name, username, phone })
    changed.add(person)
  }
  await updatePeople(tx, portalId, [...changed])
}
