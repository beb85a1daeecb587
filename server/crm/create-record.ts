import { z } from 'zod'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { Caller } from '../bitrix/caller.ts'
import type { Command, CommandAnswer } from '../bitrix/raw-call.ts'
import type { RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import type { PersonId } from '../ids.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { readItemIds } from './read-items.ts'

/** What we sign with in the CRM: `originatorId` of everything we add. */
export const ORIGINATOR = 'wasync'

export type Sender = { id: PersonId; name: string; phone: string | null; username: string | null }
export type Created = { ok: true; ref: RecordRef } | { ok: false; againMs: number }

// A portal answers within a minute or not at all: after it, what is not there was not added.
const SETTLED_MS = 60_000
const Added = z.looseObject({
  item: z.looseObject({ id: z.union([z.string(), z.number()]).transform(String) }),
})

/**
 * A new lead or contact for a sender nobody knows, signed with the person's id. Look for an earlier one first. After a lost answer
 * it looks for its trace; `againMs`: nothing there yet, look again then.
 */
export async function createRecord(
  deps: Deps,
  caller: Caller,
  sender: Sender,
  type: 'lead' | 'contact',
): Promise<Created> {
  const params = { entityTypeId: ENTITY_TYPE_ID[type], fields: fieldsOf(sender, type, caller.userId) }
  try {
    const answer = await callPortal(deps, caller, 'crm.item.add', params, { once: true })
    const added = Added.safeParse(answer)
    if (added.success) return { ok: true, ref: { type, id: added.data.item.id } }
  } catch (error) {
    if (toAppError(error).retry !== 'unknown-outcome') throw error
  }
  // The portal may still be at it: whatever this look-up meets, the next one waits until nothing can come any more.
  const ref = await batchPortal(deps, caller, oursCommands(sender.id)).then(
    (answers) => readOurs(answers).ref,
    () => null,
  )
  return ref ? { ok: true, ref } : { ok: false, againMs: SETTLED_MS }
}

/** Commands that find what was added for a person before. */
export function oursCommands(id: PersonId): Record<'ourContact' | 'ourLead', Command> {
  const list = (type: 'contact' | 'lead') => {
    const filter = { '=originatorId': ORIGINATOR, '=originId': id }
    const entityTypeId = ENTITY_TYPE_ID[type]
    const params = { entityTypeId, filter, select: ['id'], order: { id: 'ASC' }, start: -1 }
    return { method: 'crm.item.list', params }
  }
  return { ourContact: list('contact'), ourLead: list('lead') }
}

/** The record in the answers to `oursCommands`, and whether this portal has leads: switched off, they are an unknown type. */
export function readOurs(answers: Record<string, CommandAnswer>): {
  ref: RecordRef | null
  hasLeads: boolean
} {
  const { ourContact: contact, ourLead: lead } = answers
  if (!contact?.ok) throw contact?.error ?? new TypeError('A batch answers every command.')
  if (lead?.ok === false && lead.error.code !== 'portal_refused') throw lead.error
  const hasLeads = lead?.ok === true
  const [contactId] = readItemIds(contact.result)
  const [leadId] = hasLeads ? readItemIds(lead.result) : []
  if (contactId) return { ref: { type: 'contact', id: contactId }, hasLeads }
  return { ref: leadId ? { type: 'lead', id: leadId } : null, hasLeads }
}

function fieldsOf({ id, name, phone, username }: Sender, type: 'lead' | 'contact', userId: string) {
  const label = name.trim() || phone || (username ? `@${username}` : 'WhatsApp')
  return {
    ...(type === 'lead' && { title: `${label} (WhatsApp)` }),
    name: label,
    originatorId: ORIGINATOR,
    originId: id,
    assignedById: Number(userId),
    ...(phone && { fm: [{ typeId: 'PHONE', valueType: 'MOBILE', value: phone }] }),
  }
}
