import { z } from 'zod'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { Caller } from '../bitrix/caller.ts'
import type { Command, CommandAnswer } from '../bitrix/raw-call.ts'
import type { RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { phoneVariants } from './phone-variants.ts'
import { pickMatch, type Found, type Match, type OpenDeal } from './pick-match.ts'

const TYPES = ['contact', 'lead', 'company'] as const
const Id = z.union([z.string(), z.number()]).transform(String)
const Ids = z.array(Id).catch([])
const Deals = z.looseObject({
  items: z.array(z.looseObject({ id: Id, contactId: Id.nullish(), contactIds: z.array(Id).nullish() })),
})

/**
 * The CRM records with this phone, in every form a CRM may have it, and the one a conversation belongs to. `except` is a record
 * known to be gone.
 */
export async function matchRecords(
  deps: Deps,
  caller: Caller,
  phone: string,
  except: RecordRef,
): Promise<Match> {
  const found = readFound(await batchPortal(deps, caller, findCommands(phoneVariants(phone))))
  if (except.type !== 'deal') found[except.type] = found[except.type].filter((id) => id !== except.id)
  return rankFound(deps, caller, found)
}

/** Which of the records that were found a conversation belongs to; asks for the open deals of contacts. */
export async function rankFound(deps: Deps, caller: Caller, found: Found): Promise<Match> {
  return pickMatch(found, await openDeals(deps, caller, found.contact))
}

/** Commands that find contacts, leads and companies by phone: an answer with 20 hits of one type leaves the others out (Bitrix24: crm.duplicate.findbycomm). */
export function findCommands(values: readonly string[]): Record<string, Command> {
  const commands = TYPES.map((type) => {
    const params = { type: 'PHONE', values, entity_type: type.toUpperCase() }
    return [type, { method: 'crm.duplicate.findbycomm', params }]
  })
  return Object.fromEntries(commands)
}

/** The ids in the answers to `findCommands`; throws the first refusal. */
export function readFound(answers: Record<string, CommandAnswer>): { [type in keyof Found]: string[] } {
  const idsOf = (type: (typeof TYPES)[number]): string[] => {
    const answer = answers[type]
    if (!answer) return []
    // Leads that are switched off may be refused as a type; nobody has this phone there.
    if (!answer.ok && type === 'lead' && answer.error.code === 'portal_refused') return []
    if (!answer.ok) throw answer.error
    return Ids.parse(z.record(z.string(), z.unknown()).catch({}).parse(answer.result)[type.toUpperCase()])
  }
  return { contact: idsOf('contact'), lead: idsOf('lead'), company: idsOf('company') }
}

async function openDeals(deps: Deps, caller: Caller, contacts: readonly string[]): Promise<OpenDeal[]> {
  if (contacts.length === 0) return []
  const params = {
    entityTypeId: ENTITY_TYPE_ID.deal,
    filter: { contactIds: contacts, closed: 'N' },
    select: ['id', 'contactId', 'contactIds'],
    order: { id: 'DESC' },
    start: -1,
  }
  // Deals only rank the contacts: where the portal refuses the question, the newest contact it is.
  const answer = await callPortal(deps, caller, 'crm.item.list', params).catch((error: unknown) => {
    if (toAppError(error).code !== 'portal_refused') throw error
    return null
  })
  const parsed = Deals.safeParse(answer)
  if (!parsed.success) return []
  return parsed.data.items.map(({ id, contactId, contactIds }) => ({
    id,
    contactIds: [...(contactId ? [contactId] : []), ...(contactIds ?? [])],
  }))
}
