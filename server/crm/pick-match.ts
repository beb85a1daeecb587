import type { RecordRef } from '../contract.ts'

export type Found = { contact: readonly string[]; lead: readonly string[]; company: readonly string[] }
export type OpenDeal = { id: string; contactIds: readonly string[] }
export type Match = {
  chosen: RecordRef | null
  /** The newest open deal of the chosen contact. */
  deal: RecordRef | null
  candidates: RecordRef[]
}

const SHOWN_CANDIDATES = 20

/**
 * Which of several records with the same phone a conversation belongs to: a contact before a lead before a company, the contact of
 * an open deal first, then the newest (ids grow).
 */
export function pickMatch(found: Found, deals: readonly OpenDeal[]): Match {
  const isBusy = (id: string) => deals.some((deal) => deal.contactIds.includes(id))
  const contacts = newestFirst(found.contact).sort((a, b) => Number(isBusy(b)) - Number(isBusy(a)))
  const [chosen = null, ...others] = [
    ...contacts.map((id) => ({ type: 'contact', id }) as const),
    ...newestFirst(found.lead).map((id) => ({ type: 'lead', id }) as const),
    ...newestFirst(found.company).map((id) => ({ type: 'company', id }) as const),
  ]
  const own = deals.filter((deal) => chosen?.type === 'contact' && deal.contactIds.includes(chosen.id))
  const [deal] = newestFirst(own.map(({ id }) => id))
  return {
    chosen,
    deal: deal === undefined ? null : { type: 'deal', id: deal },
    candidates: others.slice(0, SHOWN_CANDIDATES),
  }
}

const newestFirst = (ids: readonly string[]): string[] =>
  [...new Set(ids)].sort((a, b) => Number(b) - Number(a))
