import { nextId } from '../sim.ts'
import type { CrmRecord, PortalState } from '../state.ts'
import { RestError } from './errors.ts'
import { asList, asMap } from './params.ts'

const texts = [
  'title',
  'name',
  'lastName',
  'secondName',
  'post',
  'comments',
  'sourceId',
  'stageId',
  'currencyId',
] as const
const numbers = ['opportunity', 'categoryId', 'assignedById', 'companyId'] as const
const origins = ['originatorId', 'originId'] as const
const valueTypes: Record<string, string[]> = {
  PHONE: ['WORK', 'MOBILE', 'FAX', 'HOME', 'PAGER', 'MAILING', 'OTHER'],
  EMAIL: ['WORK', 'HOME', 'MAILING', 'OTHER'],
  WEB: ['WORK', 'HOME', 'OTHER'],
  IM: ['TELEGRAM', 'VK', 'SKYPE', 'VIBER', 'BITRIX24', 'OPENLINE', 'IMOL', 'ICQ', 'MSN', 'JABBER', 'OTHER'],
}
const invalid = (field: string): RestError =>
  new RestError(400, 'CRM_FIELD_ERROR_VALUE_NOT_VALID', `Invalid value for field "${field}"`)

/** Writes known fields of `crm.item.add/update`; unknown ones are ignored, as the portal does. */
export function applyFields(record: CrmRecord, fields: Record<string, unknown>): void {
  for (const name of texts) {
    if (name in fields) record[name] = scalar(fields[name], name)
  }
  for (const name of origins) {
    if (name in fields) record[name] = scalar(fields[name], name) || null
  }
  for (const name of numbers) {
    if (!(name in fields)) continue
    const number = Number(fields[name])
    if (Number.isNaN(number)) throw invalid(name)
    record[name] = number
  }
  if ('contactIds' in fields) record.contactIds = asList(fields['contactIds']).map(Number)
  else if ('contactId' in fields) record.contactIds = asList(fields['contactId']).map(Number).filter(Boolean)
}

/** Multiple fields: a known id changes or (empty value) deletes, anything else adds (docs: crm.item.update, fm). */
export function changeFm(portal: PortalState, record: CrmRecord, fm: unknown): void {
  if (fm === undefined || record.type === 'deal') return
  if (typeof fm !== 'object' || fm === null) {
    const text = `Expected iterable value for multiple field, but got \`${typeof fm}\` instead`
    throw new RestError(400, '100', text)
  }
  for (const [key, entry] of Object.entries(asMap(fm))) {
    const { typeId, valueType, value } = readEntry(asMap(entry))
    const found = record.fm.find((one) => String(one.id) === key)
    if (found && value === '') record.fm = record.fm.filter((one) => one !== found)
    else if (found) Object.assign(found, { value, valueType })
    else if (value !== '') record.fm.push({ id: nextId(portal, 'fm'), typeId, valueType, value })
  }
}

function readEntry(entry: Record<string, unknown>): { typeId: string; valueType: string; value: string } {
  const typeId = String(entry['typeId'] ?? '')
  const valueType = String(entry['valueType'] ?? 'WORK')
  if (!valueTypes[typeId]?.includes(valueType)) throw invalid('fm')
  return { typeId, valueType, value: scalar(entry['value'] ?? '', 'fm').trim() }
}

function scalar(value: unknown, field: string): string {
  if (typeof value === 'object' && value !== null) throw invalid(field)
  return value === null || value === undefined ? '' : String(value)
}
