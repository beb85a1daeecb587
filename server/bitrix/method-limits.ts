import type { Db } from '#db/pool.ts'
import type { Deps } from '../deps.ts'
import type { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { pauseMethod, stopPortalCalls } from './budget.ts'
import type { Operating } from './raw-call.ts'

// A refusal does not say when a method is free again, the answers before it do. Only busy methods are worth remembering.
const resets = new WeakMap<Db, Map<string, number>>()
const BUSY_SECONDS = 60
// Docs: ten baskets of a minute; without a hint, look again when the next one is emptied.
const BASKET_MS = 60_000
const LONGEST_PAUSE_MS = 10 * BASKET_MS

/** Remembers from an answer when a busy method gets time back. */
export function noteOperating(
  db: Db,
  portalId: PortalId,
  method: string,
  operating: Operating | undefined,
): void {
  if (!operating) return
  const known = resets.get(db) ?? new Map<string, number>()
  resets.set(db, known)
  if (operating.seconds >= BUSY_SECONDS) known.set(`${portalId}:${method}`, operating.resetAt)
  else known.delete(`${portalId}:${method}`)
}

/** Makes what one call met hold for every replica: a pause of the method, or a stop of all calls. */
export async function keepLimit(
  deps: Deps,
  portalId: PortalId,
  method: string,
  error: AppError,
): Promise<void> {
  if (error.remote === 'OVERLOAD_LIMIT') await stopPortalCalls(deps.db, portalId, error.remote)
  if (error.remote !== 'OPERATION_TIME_LIMIT') return
  const resetAt = resets.get(deps.db)?.get(`${portalId}:${method}`)
  const ms = resetAt === undefined ? BASKET_MS : resetAt * 1000 - deps.clock.now()
  await pauseMethod(deps.db, portalId, method, Math.min(Math.max(ms, 1000), LONGEST_PAUSE_MS))
}
