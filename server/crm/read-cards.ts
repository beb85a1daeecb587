import { z } from 'zod'
import { batchPortal } from '../bitrix/batch-portal.ts'
import type { CrmRecord, EntityType, RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { refKey, type CrmReader } from './read-rights.ts'

const Text = z.string().nullish()
const Items = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.union([z.string(), z.number()]).transform(String),
      title: Text,
      name: Text,
      lastName: Text,
    }),
  ),
})
const CHUNK = 50

/** Which fields name a record of a type. */
export const NAME_FIELDS = {
  contact: ['name', 'lastName'],
  lead: ['title', 'name', 'lastName'],
  deal: ['title'],
  company: ['title'],
} as const satisfies Record<EntityType, readonly string[]>

/**
 * These records as a person knows them, read with the user's own token, in the given order; what the user may not read is left out.
 * Throws `rights_unavailable`.
 */
export async function readCards(
  deps: Deps,
  user: CrmReader,
  refs: readonly RecordRef[],
): Promise<CrmRecord[]> {
  if (refs.length === 0) return []
  const commands = [...Map.groupBy(refs, (ref) => ref.type)].map(([type, own]) => {
    const ids = own.slice(0, CHUNK).map((ref) => ref.id)
    return [type, listCards(type, { '@id': ids })] as const
  })
  const caller = { ...user, lane: 'interactive' } as const
  const answers = await batchPortal(deps, caller, Object.fromEntries(commands)).catch((cause: unknown) => {
    throw unanswered(cause)
  })
  const cards = new Map<string, CrmRecord>()
  for (const [type] of commands) {
    const answer = answers[type]
    if (!answer?.ok) throw unanswered(answer?.error)
    for (const card of toCards(type, answer.result)) cards.set(refKey(card), card)
  }
  return refs.map((ref) => cards.get(refKey(ref))).filter((card) => card !== undefined)
}

/** The command that lists records of a type with what names them, the newest first. */
export function listCards(type: EntityType, filter: Record<string, unknown>) {
  const params = {
    ...{ entityTypeId: ENTITY_TYPE_ID[type], filter, order: { id: 'DESC' }, start: -1 },
    select: ['id', ...NAME_FIELDS[type]],
  }
  return { method: 'crm.item.list', params }
}

/** The records in an answer of `listCards`. */
export function toCards(type: EntityType, result: unknown): CrmRecord[] {
  const parsed = Items.safeParse(result)
  if (!parsed.success) return []
  return parsed.data.items.map(({ id, title, name, lastName }) => ({
    ...{ type, id, url: `/crm/${type}/details/${id}/` },
    title: title || [name, lastName].filter(Boolean).join(' ') || `#${id}`,
  }))
}

/** What is thrown when the portal does not say what a user may read. */
export const unanswered = (cause: unknown) =>
  new AppError('rights_unavailable', 'The portal does not answer right now.', { cause })
