import { fireEvent } from '../fire-event.ts'
import type { Activity } from '../state.ts'
import { changesActivity, seesActivity } from './activity-access.ts'
import type { Call, MethodGroup, Page } from './call.ts'
import { isoTime, pageOf } from './call.ts'
import { oldStyle } from './errors.ts'
import { asList, asMap } from './params.ts'

/** The general activity methods, in the old upper-case shape with text ids. */
export const activityMethods: MethodGroup = {
  'crm.activity.list': { scope: 'crm', run: list },
  'crm.activity.get': { scope: 'crm', run: (call) => shape(find(call)) },
  'crm.activity.update': {
    scope: 'crm',
    run(call) {
      find(call)
      throw oldStyle('Use crm.activity.configurable.update for this activity provider')
    },
  },
  'crm.activity.delete': { scope: 'crm', run: remove },
}

const filterable = [
  'ID',
  'OWNER_ID',
  'OWNER_TYPE_ID',
  'PROVIDER_ID',
  'PROVIDER_TYPE_ID',
  'COMPLETED',
  'RESPONSIBLE_ID',
]

function find(call: Call): Activity {
  const id = Number(call.params.any('id'))
  const activity = call.portal.activities.find((one) => one.id === id)
  if (!activity) throw oldStyle('Activity is not found')
  if (!seesActivity(call, activity)) throw oldStyle('Access denied.')
  return activity
}

function list(call: Call): Page {
  const filter = asMap(call.params.any('filter'))
  const select = asList(call.params.any('select')).map((name) => String(name).toUpperCase())
  const order = Object.entries(asMap(call.params.any('order')))[0] ?? ['ID', 'ASC']
  const sign = String(order[1]).toUpperCase() === 'DESC' ? -1 : 1
  const found = call.portal.activities
    .filter((activity) => seesActivity(call, activity) && passes(activity, filter))
    .toSorted((a, b) => sign * (a.id - b.id))
  return pageOf(
    found.map((activity) => pick(shape(activity), select)),
    call.params.any('start'),
  )
}

/** Filters by the documented fields and by BINDINGS; any other name (ORIGIN_ID too) is ignored. */
function passes(activity: Activity, filter: Record<string, unknown>): boolean {
  const fields = shape(activity)
  return Object.entries(filter).every(([key, value]) => {
    const [, operator = '', name = ''] = /^([!@=]*)(.*)$/.exec(key.toUpperCase()) ?? []
    if (name === 'BINDINGS') return asList(value).some((pair) => isBound(activity, asMap(pair)))
    if (!filterable.includes(name)) return true
    const hit = asList(value).map(String).includes(String(fields[name]))
    return operator.startsWith('!') ? !hit : hit
  })
}

function isBound(activity: Activity, pair: Record<string, unknown>): boolean {
  return activity.bindings.some(
    (ref) => ref.entityId === Number(pair['OWNER_ID']) && ref.entityTypeId === Number(pair['OWNER_TYPE_ID']),
  )
}

function pick(fields: Record<string, unknown>, select: string[]): Record<string, unknown> {
  if (select.length === 0 || select.includes('*')) return fields
  return Object.fromEntries(Object.entries(fields).filter(([name]) => select.includes(name)))
}

function shape({ id, owner, fields, authorId, createdAt, updatedAt }: Activity): Record<string, unknown> {
  return {
    ID: String(id),
    OWNER_ID: String(owner.entityId),
    OWNER_TYPE_ID: String(owner.entityTypeId),
    TYPE_ID: '6',
    PROVIDER_ID: 'CONFIGURABLE_REST_APP',
    PROVIDER_TYPE_ID: fields.typeId,
    SUBJECT: '',
    CREATED: isoTime(createdAt),
    LAST_UPDATED: isoTime(updatedAt),
    DEADLINE: fields.deadline ?? '',
    COMPLETED: fields.completed ? 'Y' : 'N',
    RESPONSIBLE_ID: String(fields.responsibleId),
    DIRECTION: '0',
    ORIGINATOR_ID: fields.originatorId,
    ORIGIN_ID: fields.originId,
    AUTHOR_ID: String(authorId),
    IS_INCOMING_CHANNEL: fields.isIncomingChannel ? 'Y' : 'N',
  }
}

function remove(call: Call): boolean {
  const activity = find(call)
  if (!changesActivity(call, activity)) throw oldStyle('Access denied.')
  if (activity.clientId !== call.app.clientId) throw oldStyle('Application context required')
  const { sim, portal, user } = call
  portal.activities = portal.activities.filter((one) => one !== activity)
  portal.revision += 1
  fireEvent(sim, portal, 'ONCRMACTIVITYDELETE', { FIELDS: { ID: activity.id } }, { userId: user.id })
  sim.touch()
  return true
}
