import { batchPortal } from '../bitrix/batch-portal.ts'
import type { EntityType, RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { AnswerCache } from './answer-cache.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { readItemIds } from './read-items.ts'

/** The portal user on whose behalf the CRM is asked, with that user's own token. */
export type CrmReader = { portalId: PortalId; userId: string }
type Answer = { allowed: Set<string>; askedAt: number }

// An answer is at most a minute old (decision 10); crm.item.list answers 50 rows at once.
const LIFE_MS = 60_000
const CHUNK = 50
const ANSWERS = 200_000

const caches = new WeakMap<Deps['db'], AnswerCache<boolean>>()
const asking = new WeakMap<Deps['db'], Map<string, Promise<Answer>>>()

/** The name of a record in the set `readableRecords` answers. */
export const refKey = (ref: RecordRef): string => `${ref.type}:${ref.id}`

/**
 * Which of these records this user may read, as `type:id`; absence means no. Both answers are kept for a minute.
 * Throws `rights_unavailable` when the portal does not say. (Bitrix24: crm.item.list leaves out what the user may not read.)
 */
export async function readableRecords(
  deps: Deps,
  user: CrmReader,
  refs: readonly RecordRef[],
): Promise<Set<string>> {
  const cache = cacheOf(deps)
  const known = new Map(refs.map((ref) => [refKey(ref), cache.get(keyOf(user, ref))]))
  const open = refs.filter((ref) => known.get(refKey(ref)) === undefined)
  if (open.length > 0) {
    const { allowed, askedAt } = await askOnce(deps, user, open)
    for (const ref of open) {
      known.set(refKey(ref), allowed.has(refKey(ref)))
      cache.set(keyOf(user, ref), allowed.has(refKey(ref)), askedAt)
    }
  }
  return new Set([...known].filter(([, may]) => may).map(([key]) => key))
}

/** Whether this user may read one of these records, as far as that is known without asking; undefined where the portal has to say. */
export function recallReadable(deps: Deps, user: CrmReader, refs: readonly RecordRef[]): boolean | undefined {
  const known = refs.map((ref) => cacheOf(deps).get(keyOf(user, ref)))
  if (known.includes(true)) return true
  return refs.length > 0 && known.every((may) => may === false) ? false : undefined
}

/** `readableRecords` for one record. */
export async function mayRead(deps: Deps, user: CrmReader, ref: RecordRef): Promise<boolean> {
  return (await readableRecords(deps, user, [ref])).has(refKey(ref))
}

const keyOf = (user: CrmReader, ref: RecordRef) => `${user.portalId}:${user.userId}:${refKey(ref)}`

function cacheOf(deps: Deps): AnswerCache<boolean> {
  const known = caches.get(deps.db) ?? new AnswerCache<boolean>(deps.clock, LIFE_MS, ANSWERS)
  caches.set(deps.db, known)
  return known
}

// Eight cards that open together ask once; the answer is as old as the question, for whoever joins it later too.
function askOnce(deps: Deps, user: CrmReader, refs: RecordRef[]): Promise<Answer> {
  const running = asking.get(deps.db) ?? new Map<string, Promise<Answer>>()
  asking.set(deps.db, running)
  const key = `${user.portalId}:${user.userId}:${refs.map(refKey).sort().join()}`
  const known = running.get(key)
  if (known) return known
  const askedAt = deps.clock.now()
  const answer = ask(deps, user, refs)
    .then((allowed) => ({ allowed, askedAt }))
    .finally(() => running.delete(key))
  running.set(key, answer)
  return answer
}

async function ask(deps: Deps, user: CrmReader, refs: RecordRef[]): Promise<Set<string>> {
  const commands = Object.fromEntries(chunks(refs).map((chunk, index) => [`r${index}`, listOf(chunk)]))
  const answers = await batchPortal(deps, { ...user, lane: 'interactive' }, commands).catch(
    (cause: unknown) => {
      throw unavailable(cause)
    },
  )
  const allowed = new Set<string>()
  for (const [index, { type }] of chunks(refs).entries()) {
    const answer = answers[`r${index}`]
    if (!answer?.ok) throw unavailable(answer?.error)
    for (const id of readItemIds(answer.result)) allowed.add(refKey({ type, id }))
  }
  return allowed
}

type Chunk = { type: EntityType; ids: string[] }

function chunks(refs: readonly RecordRef[]): Chunk[] {
  const types = [...Map.groupBy(refs, (ref) => ref.type)]
  return types.flatMap(([type, all]) =>
    Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, index) => ({
      type,
      ids: all.slice(index * CHUNK, (index + 1) * CHUNK).map((ref) => ref.id),
    })),
  )
}

const listOf = ({ type, ids }: Chunk) => ({
  method: 'crm.item.list',
  params: { entityTypeId: ENTITY_TYPE_ID[type], filter: { '@id': ids }, select: ['id'], start: -1 },
})

const unavailable = (cause: unknown) =>
  new AppError('rights_unavailable', 'The portal does not say right now who may read this.', { cause })
