import { fireEvent } from '../fire-event.ts'
import { nextId } from '../sim.ts'
import type { Activity, ActivityFields } from '../state.ts'
import { allowed, changesActivity, recordOf, seesActivity } from './activity-access.ts'
import { readActivityFields } from './activity-fields.ts'
import type { Call, MethodGroup } from './call.ts'
import { denied, missing, notFound, RestError } from './errors.ts'
import { checkLayout } from './layout.ts'

/** Configurable activities: one owner at creation, changed only by the application that made them. */
export const configurableMethods: MethodGroup = {
  'crm.activity.configurable.add': { scope: 'crm', run: add },
  'crm.activity.configurable.update': { scope: 'crm', run: update },
  'crm.activity.configurable.get': { scope: 'crm', run: get },
}

function add(call: Call): { activity: { id: number } } {
  const { sim, portal, user, app, params } = call
  const owner = { entityTypeId: params.int('ownerTypeId'), entityId: params.int('ownerId') }
  if (params.get('fields') === undefined) throw missing('fields')
  if (!recordOf(portal, owner)) throw new RestError(400, 'OWNER_NOT_FOUND', 'Owner was not found')
  if (!allowed(call, owner, 'write')) throw denied()
  const fields = readActivityFields(params.map('fields'), defaults(user.id))
  const layout = checkLayout(params.get('layout'), portal.languages)
  const [id, now] = [nextId(portal, 'activity'), sim.now()]
  const activity: Activity = {
    ...{ id, clientId: app.clientId, owner, bindings: [owner], fields, layout, revision: 1 },
    ...{ authorId: user.id, createdAt: now, updatedAt: now },
  }
  portal.activities.push(activity)
  announce(call, id, 'ADD')
  return { activity: { id } }
}

function update(call: Call): { activity: { id: number } } {
  const { params, portal } = call
  if (params.get('fields') === undefined) throw missing('fields')
  if (params.get('layout') === undefined) throw missing('layout')
  const activity = own(call)
  if (!changesActivity(call, activity)) throw denied()
  const fields = readActivityFields(params.map('fields'), activity.fields)
  activity.layout = checkLayout(params.get('layout'), portal.languages)
  activity.fields = fields
  activity.revision += 1
  activity.updatedAt = call.sim.now()
  announce(call, activity.id, 'UPDATE')
  return { activity: { id: activity.id } }
}

function get(call: Call): unknown {
  const activity = own(call)
  if (!seesActivity(call, activity)) throw denied()
  const { id, owner, fields, layout } = activity
  return { activity: { id, ownerTypeId: owner.entityTypeId, ownerId: owner.entityId, fields, layout } }
}

function own(call: Call): Activity {
  const id = call.params.int('id')
  const activity = call.portal.activities.find((one) => one.id === id)
  if (!activity) throw notFound('Not found.')
  if (activity.clientId === call.app.clientId) return activity
  const text = 'The activity can only be updated by the application that created it'
  throw new RestError(400, 'ERROR_WRONG_APPLICATION', text)
}

function announce(call: Call, id: number, verb: 'ADD' | 'UPDATE'): void {
  call.portal.revision += 1
  const cause = { userId: call.user.id }
  fireEvent(call.sim, call.portal, `ONCRMACTIVITY${verb}`, { FIELDS: { ID: id } }, cause)
  call.sim.touch()
}

function defaults(userId: number): ActivityFields {
  return {
    ...{
      typeId: 'CONFIGURABLE',
      completed: false,
      deadline: null,
      pingOffsets: [],
      isIncomingChannel: false,
    },
    ...{ responsibleId: userId, badgeCode: '', originatorId: null, originId: null },
  }
}
