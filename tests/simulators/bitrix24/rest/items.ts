import { canAdd, canRead, canWrite } from '../rights.ts'
import { entityTypeOf, type CrmRecord, type EntityType } from '../state.ts'
import { addRecord, deleteRecord, touchRecord } from '../records.ts'
import type { Call, MethodGroup, Page } from './call.ts'
import { pageOf } from './call.ts'
import { denied, notFound, RestError } from './errors.ts'
import { compileFilter, sortItems } from './item-filter.ts'
import { itemFields, itemOf } from './item-shape.ts'
import { applyFields, changeFm } from './item-write.ts'
import { asList } from './params.ts'

/** Leads, deals, contacts and companies by the universal methods. Answers are what this user may see. */
export const itemMethods: MethodGroup = {
  'crm.item.get': { scope: 'crm', run: (call) => ({ item: itemOf(find(call, 'read')) }) },
  'crm.item.list': { scope: 'crm', run: list },
  'crm.item.add': { scope: 'crm', run: add },
  'crm.item.update': {
    scope: 'crm',
    run(call) {
      const record = find(call, 'write')
      applyFields(record, call.params.map('fields'))
      changeFm(call.portal, record, call.params.map('fields')['fm'])
      touchRecord(call.sim, call.portal, record, call.user.id)
      return { item: itemOf(record) }
    },
  },
  'crm.item.delete': {
    scope: 'crm',
    run(call) {
      deleteRecord(call.sim, call.portal, find(call, 'write'), { userId: call.user.id })
      return []
    },
  },
  'crm.item.fields': {
    scope: 'crm',
    run: (call) => ({
      fields: Object.fromEntries(
        itemFields[typeOf(call)].map((name) => [name, { title: name, upperName: name }]),
      ),
    }),
  },
  'crm.settings.mode.get': { scope: 'crm', run: ({ portal }) => (portal.leads ? 1 : 2) },
}

function typeOf({ params, user, portal }: Call): EntityType {
  if (user.extranet) {
    throw new RestError(403, 'allowed_only_intranet_user', 'Action is allowed for intranet users only')
  }
  const type = entityTypeOf(params.int('entityTypeId'))
  if (!type || (type === 'lead' && !portal.leads)) throw notFound('Smart process not found')
  return type
}

function find(call: Call, verb: 'read' | 'write'): CrmRecord {
  const type = typeOf(call)
  const id = call.params.int('id')
  const record = call.portal.records.find((one) => one.type === type && one.id === id)
  if (!record) throw notFound()
  if (!canRead(call.user, record)) throw denied('You do not have permission to view this item')
  if (verb === 'write' && !canWrite(call.user, record)) throw denied()
  return record
}

function list(call: Call): Page {
  const type = typeOf(call)
  const ids = wantedIds(call.params.map('filter'))
  const readable = call.portal.records.filter(
    (one) => one.type === type && (!ids || ids.has(String(one.id))) && canRead(call.user, one),
  )
  const test = compileFilter(type, call.params.get('filter'))
  const select = asList(call.params.get('select')).map(String)
  const found = sortItems(type, readable.map(itemOf).filter(test), call.params.get('order'))
  return pageOf(
    found.map((item) => project(item, select)),
    call.params.get('start'),
    (items) => ({ items }),
  )
}

/** Ids a filter narrows to at its top level: spares shaping thousands of records to find fifty. */
function wantedIds(filter: Record<string, unknown>): Set<string> | undefined {
  if (String(filter['logic'] ?? 'AND').toUpperCase() === 'OR') return undefined
  const given = filter['@id'] ?? filter['=id'] ?? filter['id']
  return given === undefined ? undefined : new Set(asList(given).map(String))
}

function project(item: Record<string, unknown>, select: string[]): Record<string, unknown> {
  if (select.includes('*')) return item
  const names = select.length > 0 ? ['id', ...select] : Object.keys(item)
  const shown = names.filter((name) => name !== 'fm' && name in item)
  return Object.fromEntries(shown.map((name) => [name, item[name]]))
}

function add(call: Call): { item: Record<string, unknown> } {
  const type = typeOf(call)
  if (!canAdd(call.user, type)) throw denied()
  const fields = call.params.map('fields')
  const named = type === 'contact' ? fields['name'] || fields['lastName'] : fields['title']
  if ((type === 'contact' || type === 'company') && !named) {
    throw new RestError(400, 'CRM_FIELD_ERROR_REQUIRED', `Required field is not filled: ${type}`)
  }
  const record = addRecord(
    call.sim,
    call.portal,
    type,
    { assignedById: call.user.id },
    { userId: call.user.id },
    (draft) => {
      draft.title =
        type === 'lead' || type === 'deal' ? `${type === 'lead' ? 'Lead' : 'Deal'} #${draft.id}` : ''
      applyFields(draft, fields)
      changeFm(call.portal, draft, fields['fm'])
    },
  )
  return { item: itemOf(record) }
}
