import { canRead, canWrite } from '../rights.ts'
import { entityTypeOf, type Activity, type CrmRecord, type EntityRef, type PortalState } from '../state.ts'
import type { Call } from './call.ts'

/** The record behind a reference, or undefined. */
export function recordOf(portal: PortalState, ref: EntityRef): CrmRecord | undefined {
  const type = entityTypeOf(ref.entityTypeId)
  return portal.records.find((one) => one.type === type && one.id === ref.entityId)
}

/** Whether the caller may see the activity: through any record it is bound to. */
export function seesActivity(call: Call, activity: Activity): boolean {
  return activity.bindings.some((ref) => allowed(call, ref, 'read'))
}

/** Whether the caller may change the activity. */
export function changesActivity(call: Call, activity: Activity): boolean {
  return activity.bindings.some((ref) => allowed(call, ref, 'write'))
}

/** Whether the caller may read or change the record behind a reference. */
export function allowed(call: Call, ref: EntityRef, verb: 'read' | 'write'): boolean {
  const record = recordOf(call.portal, ref)
  if (!record) return false
  return verb === 'read' ? canRead(call.user, record) : canWrite(call.user, record)
}
