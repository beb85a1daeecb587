import { fireEvent } from '../fire-event.ts'
import { nextId } from '../sim.ts'
import { entityTypeIds, entityTypes, type EntityRef, type TimelineEntry } from '../state.ts'
import { allowed, recordOf } from './activity-access.ts'
import type { Call, MethodGroup, Page } from './call.ts'
import { isoTime, pageOf } from './call.ts'
import { denied, missing, notFound, RestError } from './errors.ts'
import { asMap } from './params.ts'

/** Comments and log records in the timeline of a record. */
export const timelineMethods: MethodGroup = {
  'crm.timeline.comment.add': { scope: 'crm', run: addComment },
  'crm.timeline.comment.get': { scope: 'crm', run: (call) => comment(find(call, 'comment')) },
  'crm.timeline.comment.delete': { scope: 'crm', run: (call) => remove(call, 'comment') },
  'crm.timeline.logmessage.add': { scope: 'crm', run: addLog },
  'crm.timeline.logmessage.get': { scope: 'crm', run: (call) => ({ logMessage: log(find(call, 'log')) }) },
  'crm.timeline.logmessage.list': { scope: 'crm', run: listLogs },
  'crm.timeline.logmessage.delete': { scope: 'crm', run: (call) => remove(call, 'log') },
}

function addComment(call: Call): number {
  // Lower-case `fields` only, upper-case names inside (docs: crm.timeline.comment.add).
  if (call.params.get('fields') === undefined) throw missing('fields')
  const fields = asMap(call.params.get('fields'))
  const type = entityTypes.find((one) => one === fields['ENTITY_TYPE'])
  const text = String(fields['COMMENT'] ?? '')
  if (text === '') throw new RestError(400, 'INVALID_ARG_VALUE', 'Empty comment message')
  const owner = { entityTypeId: type ? entityTypeIds[type] : 0, entityId: Number(fields['ENTITY_ID']) }
  const entry = append(call, { kind: 'comment', owner, title: '', text, iconCode: '' })
  announce(call, entry.id, 'ADD')
  return entry.id
}

function addLog(call: Call): unknown {
  const fields = call.params.map('fields')
  const text = (name: string): string => {
    if (!fields[name]) throw missing(name)
    return String(fields[name])
  }
  const owner = { entityTypeId: Number(fields['entityTypeId']), entityId: Number(fields['entityId']) }
  const words = { title: text('title'), text: text('text'), iconCode: text('iconCode') }
  return { logMessage: log(append(call, { kind: 'log', owner, ...words })) }
}

function append(
  call: Call,
  what: Pick<TimelineEntry, 'kind' | 'owner' | 'title' | 'text' | 'iconCode'>,
): TimelineEntry {
  const { sim, portal, app, user } = call
  if (!recordOf(portal, what.owner)) throw new RestError(400, 'OWNER_NOT_FOUND', 'Owner was not found')
  if (!allowed(call, what.owner, 'write')) throw denied()
  const entry: TimelineEntry = {
    ...{ id: nextId(portal, 'timeline'), clientId: app.clientId, authorId: user.id, pinned: false },
    ...{ createdAt: sim.now(), ...what },
  }
  portal.timeline.push(entry)
  changed(call)
  return entry
}

function find(call: Call, kind: TimelineEntry['kind']): TimelineEntry {
  const id = call.params.int('id')
  const entry = call.portal.timeline.find((one) => one.id === id && one.kind === kind)
  if (!entry) throw notFound('Not found.')
  if (!allowed(call, entry.owner, 'read')) throw denied()
  return entry
}

function remove(call: Call, kind: TimelineEntry['kind']): boolean {
  const entry = find(call, kind)
  if (!allowed(call, entry.owner, 'write')) throw denied()
  call.portal.timeline = call.portal.timeline.filter((one) => one !== entry)
  changed(call)
  if (kind === 'comment') announce(call, entry.id, 'DELETE')
  return true
}

function listLogs(call: Call): Page {
  const owner: EntityRef = {
    entityTypeId: call.params.int('entityTypeId'),
    entityId: call.params.int('entityId'),
  }
  if (!allowed(call, owner, 'read')) throw denied()
  const mine = call.portal.timeline.filter(
    (one) =>
      one.kind === 'log' &&
      one.owner.entityId === owner.entityId &&
      one.owner.entityTypeId === owner.entityTypeId,
  )
  return pageOf(mine.map(log), call.params.get('start'), (logMessages) => ({ logMessages }))
}

function announce(call: Call, id: number, verb: 'ADD' | 'DELETE'): void {
  const cause = { userId: call.user.id }
  fireEvent(call.sim, call.portal, `ONCRMTIMELINECOMMENT${verb}`, { FIELDS: { ID: id } }, cause)
}

function changed(call: Call): void {
  call.portal.revision += 1
  call.sim.touch()
}

function comment(entry: TimelineEntry): Record<string, unknown> {
  return {
    ID: String(entry.id),
    ENTITY_ID: String(entry.owner.entityId),
    CREATED: isoTime(entry.createdAt),
    COMMENT: entry.text,
    AUTHOR_ID: String(entry.authorId),
  }
}

function log({ id, createdAt, authorId, title, text, iconCode }: TimelineEntry): Record<string, unknown> {
  return { id, created: isoTime(createdAt), authorId, title, text, iconCode }
}
