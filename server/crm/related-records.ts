import { z } from 'zod'
import { callPortal } from '../bitrix/call-portal.ts'
import type { RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError, toAppError } from '../errors.ts'
import { AnswerCache } from './answer-cache.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { readItemIds } from './read-items.ts'
import type { CrmReader } from './read-rights.ts'

const LIFE_MS = 60_000
const ANSWERS = 50_000
const caches = new WeakMap<Deps['db'], AnswerCache<RecordRef[]>>()

const Id = z.union([z.string(), z.number()]).transform(Number)
const Card = z.looseObject({
  item: z.looseObject({
    contactId: Id.nullish(),
    companyId: Id.nullish(),
    leadId: Id.nullish(),
    contactIds: z.array(Id).nullish(),
  }),
})

/**
 * The records whose conversations belong on the card of `record` too: a deal's contacts, company and lead, a lead's contact,
 * a company's contacts. Read with the user's own token, kept for a minute. Throws `rights_unavailable`.
 */
export async function relatedRecords(deps: Deps, user: CrmReader, record: RecordRef): Promise<RecordRef[]> {
  if (record.type === 'contact') return []
  const cache = caches.get(deps.db) ?? new AnswerCache<RecordRef[]>(deps.clock, LIFE_MS, ANSWERS)
  caches.set(deps.db, cache)
  const key = `${user.portalId}:${user.userId}:${record.type}:${record.id}`
  const known = cache.get(key)
  if (known) return known
  const askedAt = deps.clock.now()
  const answer = await ask(deps, user, record).catch((cause: unknown) => {
    // Gone, or not for this user any more: then nothing belongs to it.
    if (toAppError(cause).code === 'portal_refused') return []
    throw new AppError(
      'rights_unavailable',
      'The portal does not say right now what belongs to this record.',
      { cause },
    )
  })
  cache.set(key, answer, askedAt)
  return answer
}

async function ask(deps: Deps, user: CrmReader, { type, id }: RecordRef): Promise<RecordRef[]> {
  const caller = { ...user, lane: 'interactive' } as const
  if (type === 'company') {
    const params = {
      entityTypeId: ENTITY_TYPE_ID.contact,
      filter: { companyId: id },
      select: ['id'],
      order: { id: 'DESC' },
      start: -1,
    }
    const ids = readItemIds(await callPortal(deps, caller, 'crm.item.list', params))
    return ids.map((contact) => ({ type: 'contact', id: contact }))
  }
  const card = Card.safeParse(
    await callPortal(deps, caller, 'crm.item.get', { entityTypeId: ENTITY_TYPE_ID[type], id }),
  )
  if (!card.success) return []
  const { contactId, contactIds, companyId, leadId } = card.data.item
  const contacts = new Set([contactId, ...(contactIds ?? [])].filter((one) => one))
  return [
    ...[...contacts].map((one) => ({ type: 'contact', id: String(one) }) as const),
    ...(companyId ? [{ type: 'company', id: String(companyId) } as const] : []),
    ...(leadId && type === 'deal' ? [{ type: 'lead', id: String(leadId) } as const] : []),
  ]
}
