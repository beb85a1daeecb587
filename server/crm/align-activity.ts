import { z } from 'zod'
import { withPortal } from '#db/tenancy.ts'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { toAppError, type AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { saveAligned } from './activities.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import type { DueActivity, Telling } from './plan-history.ts'
import { refKey } from './read-rights.ts'
import { isGone } from './update-activity.ts'

type Bound = { entityTypeId: number; entityId: number }
const Bounds = z.array(z.looseObject({ entityTypeId: z.coerce.number(), entityId: z.coerce.number() }))

/**
 * Moves an entry to the records its conversation is bound to now: first onto the new ones, then off all others, whose readers must
 * not see it any longer. False when the portal does not have it any more.
 */
export async function alignActivity(telling: Telling, { id, activityId }: DueActivity): Promise<boolean> {
  const { deps, caller, conversationId, refs } = telling
  if (activityId === null) return false
  const listed = await callPortal(deps, caller, 'crm.activity.binding.list', { activityId }).catch(
    (error: unknown) => {
      if (isGone(error)) return null
      throw error
    },
  )
  if (listed === null) return false
  const before = Bounds.parse(listed)
  const missing = refs.filter((ref) => !before.some((one) => isOn(one, ref)))
  await bindActivity(telling, activityId, missing)
  const spare = before.filter((one) => !refs.some((ref) => isOn(one, ref)))
  await unbind(telling, activityId, spare)
  const { portalId } = caller
  await withPortal(deps.db, portalId, (tx) => saveAligned(tx, portalId, conversationId, id, refs))
  return true
}

/** Puts an entry on records. One that turns out to be deleted is left out, and what was bound to it is matched again. */
export async function bindActivity(
  { deps, caller }: Telling,
  activityId: string,
  refs: readonly RecordRef[],
): Promise<void> {
  if (refs.length === 0) return
  const commands = refs.map((ref) => {
    const params = { activityId, entityTypeId: ENTITY_TYPE_ID[ref.type], entityId: ref.id }
    return [refKey(ref), { method: 'crm.activity.binding.add', params }] as const
  })
  const answers = await batchPortal(deps, caller, Object.fromEntries(commands))
  for (const ref of refs) {
    const answer = answers[refKey(ref)]
    if (!answer || answer.ok || answer.error.remote === 'ACTIVITY_IS_ALREADY_BOUND') continue
    if (!isOwnerGone(answer.error)) throw answer.error
    await doubtRecord(deps, caller.portalId, ref)
  }
}

async function unbind({ deps, caller }: Telling, activityId: string, spare: readonly Bound[]): Promise<void> {
  if (spare.length === 0) return
  const commands = spare.map(({ entityTypeId, entityId }, index) => {
    const params = { activityId, entityTypeId, entityId }
    return [`b${index}`, { method: 'crm.activity.binding.delete', params }] as const
  })
  const answers = Object.values(await batchPortal(deps, caller, Object.fromEntries(commands)))
  const failed = answers.find((answer) => !answer.ok && !isHarmless(answer.error))
  if (failed && !failed.ok) throw failed.error
}

// It was taken off meanwhile, or went with its record. The last one stays where every record of the conversation is gone.
const HARMLESS = new Set(['BINDING_NOT_FOUND', 'OWNER_NOT_FOUND', 'LAST_BINDING_CANNOT_BE_DELETED'])
const isHarmless = (error: AppError): boolean => HARMLESS.has(error.remote ?? '')

/** Whether the portal says that the record an entry should be on does not exist. */
export const isOwnerGone = (thrown: unknown): boolean => toAppError(thrown).remote === 'OWNER_NOT_FOUND'

/** A record seems to be deleted and no event told us: what is bound to it is to be matched again. */
export async function doubtRecord(deps: Deps, portalId: PortalId, { type, id }: RecordRef): Promise<void> {
  const data = { portalId, entityType: type, entityId: id }
  await withPortal(deps.db, portalId, (tx) =>
    deps.jobs.enqueue(tx, { queue: 'crm.rematch', data, key: portalId }),
  )
}

const isOn = ({ entityTypeId, entityId }: Bound, { type, id }: RecordRef): boolean =>
  entityTypeId === ENTITY_TYPE_ID[type] && entityId === Number(id)
