import { callPortal } from '../bitrix/call-portal.ts'
import { AnswerCache } from '../crm/answer-cache.ts'
import type { CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'

const LIFE_MS = 60_000
const caches = new WeakMap<Deps['db'], AnswerCache<boolean>>()

/** Whether the portal calls this user an administrator now (`user.admin`), at most a minute old. Throws `rights_unavailable`. */
export async function isPortalAdmin(deps: Deps, user: CrmReader): Promise<boolean> {
  const cache = caches.get(deps.db) ?? new AnswerCache<boolean>(deps.clock, LIFE_MS, 20_000)
  caches.set(deps.db, cache)
  const key = `${user.portalId}:${user.userId}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const askedAt = deps.clock.now()
  const caller = { portalId: user.portalId, userId: user.userId, lane: 'interactive' as const }
  const answer = await callPortal(deps, caller, 'user.admin', {}).catch((cause: unknown) => {
    throw new AppError('rights_unavailable', 'The portal does not say right now who may read this.', { cause })
  })
  cache.set(key, answer === true, askedAt)
  return answer === true
}
