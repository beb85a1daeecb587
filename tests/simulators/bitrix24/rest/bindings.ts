import type { Activity, EntityRef } from '../state.ts'
import { allowed, recordOf } from './activity-access.ts'
import type { Call, MethodGroup } from './call.ts'
import { denied, notFound, RestError } from './errors.ts'

/** More records for an activity: needs the right to edit what it is bound to and what it gets bound to. */
export const bindingMethods: MethodGroup = {
  'crm.activity.binding.add': { scope: 'crm', run: add },
  'crm.activity.binding.list': {
    scope: 'crm',
    run: (call) => find(call).bindings.filter((ref) => allowed(call, ref, 'read')),
  },
  'crm.activity.binding.delete': { scope: 'crm', run: remove },
}

function find(call: Call): Activity {
  const id = call.params.int('activityId')
  const activity = call.portal.activities.find((one) => one.id === id)
  if (!activity) throw notFound('Element not found')
  if (!activity.bindings.some((ref) => allowed(call, ref, 'read'))) throw denied()
  return activity
}

function target(call: Call): EntityRef {
  const ref = { entityTypeId: call.params.int('entityTypeId'), entityId: call.params.int('entityId') }
  if (!recordOf(call.portal, ref))
    throw new RestError(400, 'OWNER_NOT_FOUND', 'Owner of the entity not found')
  if (!allowed(call, ref, 'write')) throw denied()
  return ref
}

function same(a: EntityRef, b: EntityRef): boolean {
  return a.entityTypeId === b.entityTypeId && a.entityId === b.entityId
}

function add(call: Call): boolean {
  const activity = find(call)
  const ref = target(call)
  if (activity.bindings.some((one) => same(one, ref))) {
    throw new RestError(400, 'ACTIVITY_IS_ALREADY_BOUND', 'Activity is already bound to this entity')
  }
  activity.bindings.push(ref)
  changed(call)
  return true
}

function remove(call: Call): boolean {
  const activity = find(call)
  const ref = target(call)
  if (!activity.bindings.some((one) => same(one, ref))) {
    throw new RestError(400, 'BINDING_NOT_FOUND', 'Activity is not bound to this entity')
  }
  if (activity.bindings.length === 1) {
    throw new RestError(400, 'LAST_BINDING_CANNOT_BE_DELETED', 'Last binding cannot be deleted')
  }
  activity.bindings = activity.bindings.filter((one) => !same(one, ref))
  const heir = activity.bindings[0]
  if (same(activity.owner, ref) && heir) activity.owner = heir
  changed(call)
  return true
}

function changed(call: Call): void {
  call.portal.revision += 1
  call.sim.touch()
}
