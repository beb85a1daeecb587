import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { CrmRecord, EntityType } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import { findCommands, readFound } from './match-records.ts'
import { internationalPhone, phoneVariants } from './phone-variants.ts'
import { listCards, NAME_FIELDS, readCards, toCards, unanswered } from './read-cards.ts'
import type { CrmReader } from './read-rights.ts'

const MOST = 20
const MOST_WORDS = 5
const LOOKS_LIKE_PHONE = /^[+\d\s().-]{5,}$/

/**
 * Records of a type whose name or title holds every word of the query, or that have it as a phone: the newest 20 this user may
 * read. Throws `rights_unavailable`.
 */
export async function searchRecords(
  deps: Deps,
  user: CrmReader,
  { query, entityType }: { query: string; entityType: EntityType },
): Promise<CrmRecord[]> {
  const [named, called] = await Promise.all([
    searchNames(deps, user, query, entityType),
    searchPhones(deps, user, query, entityType),
  ])
  const all = [...called, ...named]
  return [...new Map(all.map((card) => [card.id, card])).values()].slice(0, MOST)
}

async function searchNames(
  deps: Deps,
  user: CrmReader,
  query: string,
  type: EntityType,
): Promise<CrmRecord[]> {
  const words = query.split(/\s+/).slice(0, MOST_WORDS)
  const inAnyField = (word: string) => ({
    logic: 'OR',
    ...Object.fromEntries(NAME_FIELDS[type].map((field) => [`%${field}`, word])),
  })
  const filter = Object.fromEntries(words.map((word, index) => [index, inAnyField(word)]))
  const { method, params } = listCards(type, filter)
  const answer = await callPortal(deps, { ...user, lane: 'interactive' }, method, params).catch(
    (cause: unknown) => {
      throw unanswered(cause)
    },
  )
  return toCards(type, answer)
}

// A user who reads nothing in the CRM is refused the question; then there is nothing for them.
async function searchPhones(
  deps: Deps,
  user: CrmReader,
  query: string,
  type: EntityType,
): Promise<CrmRecord[]> {
  if (type === 'deal' || !LOOKS_LIKE_PHONE.test(query)) return []
  const international = internationalPhone(query)
  const values = [query, ...(international ? phoneVariants(international) : [])].slice(0, MOST)
  const ids = await findIds(deps, user, values, type)
  return readCards(
    deps,
    user,
    ids.slice(0, MOST).map((id) => ({ type, id })),
  )
}

async function findIds(
  deps: Deps,
  user: CrmReader,
  values: string[],
  type: 'contact' | 'lead' | 'company',
): Promise<string[]> {
  try {
    const answers = await batchPortal(deps, { ...user, lane: 'interactive' }, findCommands(values))
    return readFound(answers)[type]
  } catch (error) {
    if (toAppError(error).code === 'portal_refused') return []
    throw unanswered(error)
  }
}
