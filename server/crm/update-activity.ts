import { callPortal } from '../bitrix/call-portal.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { AnswerCache } from './answer-cache.ts'
import type { DueActivity, Telling } from './plan-history.ts'
import { renderActivity, type Activity, type ShownSpan } from './render-activity.ts'

const REMEMBERED_MS = 600_000
const REMEMBERED = 20_000
const told = new WeakMap<Deps['db'], AnswerCache<string>>()
const foreign = new WeakMap<Deps['db'], Set<PortalId>>()

/** Puts into an entry what it should show now; false when the portal does not have it any more. What it shows already costs no call. */
export async function updateActivity(
  { deps, caller }: Telling,
  { activityId: id, shown }: DueActivity,
): Promise<boolean> {
  try {
    await inItsLanguages(deps, caller.portalId, shown, async (activity) => {
      const text = JSON.stringify(activity)
      if (toldOf(deps).get(shown.id) === text) return
      await callPortal(deps, caller, 'crm.activity.configurable.update', { id, ...activity })
      noteTold(deps, shown.id, activity)
    })
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** Remembers what an entry shows, so that the same is not told again. */
export function noteTold(deps: Deps, id: string, activity: Activity): void {
  toldOf(deps).set(id, JSON.stringify(activity), deps.clock.now())
}

/** Whether the portal says that it does not have what it was asked for. */
export function isGone(thrown: unknown): boolean {
  const { code, remote } = toAppError(thrown)
  return code === 'portal_refused' && remote === 'NOT_FOUND'
}

/** Runs `work` with the entry in every language we have; a portal that lacks one of them gets English. */
export async function inItsLanguages<T>(
  deps: Deps,
  portalId: PortalId,
  shown: ShownSpan,
  work: (activity: Activity) => Promise<T>,
): Promise<T> {
  const plain = foreign.get(deps.db) ?? new Set<PortalId>()
  foreign.set(deps.db, plain)
  try {
    return await work(renderActivity(shown, !plain.has(portalId)))
  } catch (error) {
    if (toAppError(error).remote !== 'WRONG_LANG' || plain.has(portalId)) throw error
    plain.add(portalId)
    return work(renderActivity(shown, false))
  }
}

function toldOf(deps: Deps): AnswerCache<string> {
  const known = told.get(deps.db) ?? new AnswerCache<string>(deps.clock, REMEMBERED_MS, REMEMBERED)
  told.set(deps.db, known)
  return known
}
