import type { CrmRecord, EntityType } from '../state.ts'
import { entityTypeIds } from '../state.ts'
import { isoTime } from './call.ts'

const common = [
  'id',
  'createdTime',
  'updatedTime',
  'createdBy',
  'updatedBy',
  'assignedById',
  'opened',
  'sourceId',
]
const origin = ['originatorId', 'originId', 'comments']
const person = ['name', 'lastName', 'secondName', 'post', 'honorific', 'birthdate']
const reach = [
  'hasPhone',
  'hasEmail',
  'hasImol',
  'phone',
  'phoneWork',
  'phoneMobile',
  'email',
  'emailWork',
  'imol',
]
const money = [
  'stageId',
  'stageSemanticId',
  'opportunity',
  'currencyId',
  'contactId',
  'companyId',
  'contactIds',
]

/** Field names of a type, as `crm.item.fields` lists them; `fm` is none of them. */
export const itemFields: Record<EntityType, string[]> = {
  lead: [...common, ...origin, 'title', ...person, ...reach, ...money],
  deal: [...common, ...origin, 'title', 'categoryId', 'closed', 'typeId', ...money],
  contact: [...common, ...origin, ...person, ...reach, 'typeId', 'companyId'],
  company: [...common, ...origin, 'title', ...reach, 'typeId', 'industry', 'contactIds'],
}

/** Fields that cannot be filtered or sorted by: computed from multiple fields. */
const computed = new Set(['phone', 'phoneWork', 'phoneMobile', 'email', 'emailWork', 'imol'])

/** Whether `crm.item.list` takes this field in filter and order. */
export function isFilterable(type: EntityType, field: string): boolean {
  return itemFields[type].includes(field) && !computed.has(field)
}

/** Whether the stage means won or lost. */
export function stageSemantics(record: CrmRecord): 'P' | 'S' | 'F' {
  if (/(^|:)(WON|CONVERTED)$/.test(record.stageId)) return 'S'
  return /(^|:)(LOSE|JUNK|APOLOGY)$/.test(record.stageId) ? 'F' : 'P'
}

/** A record as `crm.item.get` shows it, with `fm` for the types that have it. */
export function itemOf(record: CrmRecord): Record<string, unknown> {
  const all = allFields(record)
  const shown = itemFields[record.type].map((name) => [name, all[name] ?? null])
  const fm = record.type === 'deal' ? {} : { fm: record.fm }
  return { ...Object.fromEntries(shown), ...fm, entityTypeId: entityTypeIds[record.type] }
}

function allFields(record: CrmRecord): Record<string, unknown> {
  const { id, title, name, lastName, secondName, post, comments, sourceId, stageId, currencyId } = record
  const { opportunity, categoryId, assignedById, companyId, originatorId, originId, createdBy, updatedBy } =
    record
  return {
    ...{ id, title, name, lastName, secondName, post, comments, sourceId, stageId, currencyId, opportunity },
    ...{ categoryId, assignedById, companyId, originatorId, originId, createdBy, updatedBy },
    ...reachOf(record),
    createdTime: isoTime(record.createdAt),
    updatedTime: isoTime(record.updatedAt),
    opened: 'Y',
    contactId: record.contactIds[0] ?? 0,
    contactIds: record.contactIds,
    stageSemanticId: stageSemantics(record),
    closed: stageSemantics(record) === 'P' ? 'N' : 'Y',
  }
}

function reachOf(record: CrmRecord): Record<string, unknown> {
  const values = (typeId: string, valueType?: string): string[] =>
    record.fm
      .filter((one) => one.typeId === typeId && (valueType === undefined || one.valueType === valueType))
      .map((one) => one.value)
  const has = (typeId: string): string => (values(typeId).length > 0 ? 'Y' : 'N')
  const first = (list: string[]): string => list[0] ?? ''
  return {
    ...{ hasPhone: has('PHONE'), hasEmail: has('EMAIL'), hasImol: 'N', imol: '' },
    phone: first(values('PHONE')),
    phoneWork: first(values('PHONE', 'WORK')),
    phoneMobile: first(values('PHONE', 'MOBILE')),
    email: first(values('EMAIL')),
    emailWork: first(values('EMAIL', 'WORK')),
  }
}
