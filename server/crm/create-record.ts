import { z } from 'zod'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { Caller } from '../bitrix/caller.ts'
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
 * The record of a sender nobody knows: the one we added for this person before, else a new lead or contact, signed with the person's
 * id. After a lost answer it looks for its trace; `againMs`: nothing there yet, ask again then. Portals without leads get a contact.
 */
export async function createRecord(
  deps: Deps,
  caller: Caller,
  sender: Sender,
  wanted: 'lead' | 'contact',
): Promise<Created> {
  const known = await findOurs(deps, caller, sender.id)
  if (known.ref) return { ok: true, ref: known.ref }
  const type = known.hasLeads ? wanted : 'contact'
  const params = { entityTypeId: ENTITY_TYPE_ID[type], fields: fieldsOf(sender, type, caller.userId) }
  try {
    const answer = await callPortal(deps, caller, 'crm.item.add', params, { once: true })
    const added = Added.safeParse(answer)
    if (added.success) return { ok: true, ref: { type, id: added.data.item.id } }
  } catch (error) {
    if (toAppError(error).retry !== 'unknown-outcome') throw error
  }
  // What was asked may still be done at the portal, so that no answer now means to look again later, never to add again.
  const { ref } = await findOurs(deps, caller, sender.id).catch(() => ({ ref: null }))
  return ref ? { ok: true, ref } : { ok: false, againMs: SETTLED_MS }
}

async function findOurs(
  deps: Deps,
  caller: Caller,
  originId: string,
): Promise<{ ref: RecordRef | null; hasLeads: boolean }> {
  const list = (type: 'contact' | 'lead') => ({
    method: 'crm.item.list',
    params: {
      entityTypeId: ENTITY_TYPE_ID[type],
      filter: { '=originatorId': ORIGINATOR, '=originId': originId },
      select: ['id'],
      order: { id: 'ASC' },
      start: -1,
    },
  })
  const answers = await batchPortal(deps, caller, { contact: list('contact'), lead: list('lead') })
  if (!answers.contact?.ok) throw answers.contact?.error ?? new TypeError('A batch answers every command.')
  // Leads that are switched off are an unknown type.
  const hasLeads = answers.lead?.ok === true
  if (answers.lead?.ok === false && answers.lead.error.code !== 'portal_refused') throw answers.lead.error
  const [contact] = readItemIds(answers.contact.result)
  const [lead] = answers.lead?.ok ? readItemIds(answers.lead.result) : []
  if (contact) return { ref: { type: 'contact', id: contact }, hasLeads }
  return { ref: lead ? { type: 'lead', id: lead } : null, hasLeads }
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
