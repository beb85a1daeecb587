import { z } from 'zod'
import { withPortal } from '#db/tenancy.ts'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { Command } from '../bitrix/raw-call.ts'
import type { RecordRef } from '../contract.ts'
import { AppError } from '../errors.ts'
import { saveAligned } from './activities.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import type { DueActivity } from './plan-history.ts'
import type { Telling } from './sync-history.ts'
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
  try {
    const listed = await callPortal(deps, caller, 'crm.activity.binding.list', { activityId })
    const before = Bounds.parse(listed)
    const wanted = refs.map(toBound)
    const missing = wanted.filter((one) => !has(before, one))
    const spare = before.filter((one) => !has(wanted, one))
    await apply(telling, [
      ...missing.map((one) => command('add', activityId, one)),
      ...spare.map((one) => command('delete', activityId, one)),
    ])
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
  const { portalId } = caller
  await withPortal(deps.db, portalId, (tx) => saveAligned(tx, portalId, conversationId, id, refs))
  return true
}

/** The command that puts an entry on a record, or takes it off. */
export const bindingOf = (verb: 'add' | 'delete', activityId: string, ref: RecordRef): Command =>
  command(verb, activityId, toBound(ref))

/** Whether a refusal means that the entry is on the record already. */
export const isBoundAlready = (error: AppError): boolean => error.remote === 'ACTIVITY_IS_ALREADY_BOUND'

async function apply({ deps, caller }: Telling, commands: Command[]): Promise<void> {
  if (commands.length === 0) return
  const named = commands.map((one, index) => [`b${index}`, one])
  const answers = await batchPortal(deps, caller, Object.fromEntries(named))
  for (const answer of Object.values(answers)) {
    if (!answer.ok && !isBoundAlready(answer.error) && answer.error.remote !== 'BINDING_NOT_FOUND')
      throw answer.error
  }
}

const toBound = ({ type, id }: RecordRef): Bound => ({
  entityTypeId: ENTITY_TYPE_ID[type],
  entityId: Number(id),
})
const has = (list: readonly Bound[], one: Bound): boolean =>
  list.some((each) => each.entityTypeId === one.entityTypeId && each.entityId === one.entityId)
const command = (verb: 'add' | 'delete', activityId: string, { entityTypeId, entityId }: Bound): Command => ({
  method: `crm.activity.binding.${verb}`,
  params: { activityId, entityTypeId, entityId },
})
