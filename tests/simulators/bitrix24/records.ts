import { fireEvent, type EventCause } from './fire-event.ts'
import type { Sim } from './sim.ts'
import { nextId } from './sim.ts'
import type { CrmRecord, EntityType, PortalState } from './state.ts'
import { entityTypeIds } from './state.ts'

/** Adds a CRM record and tells the bound handlers. `fill` completes the draft; when it throws nothing was added. */
export function addRecord(
  sim: Sim,
  portal: PortalState,
  type: EntityType,
  owner: { assignedById: number },
  cause: EventCause,
  fill: (draft: CrmRecord) => void,
): CrmRecord {
  const now = sim.now()
  const record: CrmRecord = {
    ...{
      id: nextId(portal, type),
      type,
      title: '',
      name: '',
      lastName: '',
      secondName: '',
      post: '',
      comments: '',
    },
    ...{ sourceId: '', stageId: type === 'lead' || type === 'deal' ? 'NEW' : '', currencyId: 'USD' },
    ...{ opportunity: 0, categoryId: 0, assignedById: owner.assignedById, contactIds: [], companyId: 0 },
    ...{ originatorId: null, originId: null, createdAt: now, updatedAt: now, fm: [] },
    ...{ createdBy: cause.userId ?? owner.assignedById, updatedBy: cause.userId ?? owner.assignedById },
  }
  fill(record)
  portal.records.push(record)
  announce(sim, portal, record, 'ADD', cause)
  return record
}

/** Notes a change of a record and tells the bound handlers; a robot's change (null) comes without tokens. */
export function touchRecord(sim: Sim, portal: PortalState, record: CrmRecord, userId: number | null): void {
  record.updatedAt = sim.now()
  record.updatedBy = userId ?? record.updatedBy
  announce(sim, portal, record, 'UPDATE', { userId })
}

/** Deletes a record with its timeline; activities stay on their other records. */
export function deleteRecord(sim: Sim, portal: PortalState, record: CrmRecord, cause: EventCause): void {
  const gone = (ref: { entityTypeId: number; entityId: number }): boolean =>
    ref.entityTypeId === entityTypeIds[record.type] && ref.entityId === record.id
  portal.records = portal.records.filter((one) => one !== record)
  portal.timeline = portal.timeline.filter((entry) => !gone(entry.owner))
  for (const activity of portal.activities) {
    activity.bindings = activity.bindings.filter((ref) => !gone(ref))
    const heir = activity.bindings[0]
    if (gone(activity.owner) && heir) activity.owner = heir
  }
  portal.activities = portal.activities.filter((activity) => activity.bindings.length > 0)
  for (const other of portal.records) other.contactIds = other.contactIds.filter((id) => !unlink(record, id))
  announce(sim, portal, record, 'DELETE', cause)
}

function unlink(record: CrmRecord, contactId: number): boolean {
  return record.type === 'contact' && record.id === contactId
}

function announce(
  sim: Sim,
  portal: PortalState,
  record: CrmRecord,
  verb: 'ADD' | 'UPDATE' | 'DELETE',
  cause: EventCause,
): void {
  portal.revision += 1
  fireEvent(sim, portal, `ONCRM${record.type.toUpperCase()}${verb}`, { FIELDS: { ID: record.id } }, cause)
  sim.touch()
}
