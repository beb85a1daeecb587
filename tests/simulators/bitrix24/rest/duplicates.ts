import { canRead, readsAnything } from '../rights.ts'
import type { CrmRecord, EntityType } from '../state.ts'
import type { Call, MethodGroup } from './call.ts'
import { RestError } from './errors.ts'

const MAX_VALUES = 20
const MAX_HITS = 20
const order: EntityType[] = ['lead', 'contact', 'company']

/** `crm.duplicate.findbycomm`: exact match after the portal's own normalisation, only what the user may read. */
export const duplicateMethods: MethodGroup = { 'crm.duplicate.findbycomm': { scope: 'crm', run: findByComm } }

function findByComm({ portal, user, params }: Call): unknown {
  if (!readsAnything(user) || user.extranet) throw new RestError(403, 'Access denied', 'Access denied.')
  const kind = params.text('type').toUpperCase()
  if (kind === '') {
    throw new RestError(400, 'Communication type is not defined', "Parameter 'type' is required.")
  }
  if (kind !== 'PHONE' && kind !== 'EMAIL') {
    const text = `Communication type '${kind}' is not supported in current context`
    throw new RestError(400, text, text)
  }
  const wanted = params
    .list('values')
    .slice(0, MAX_VALUES)
    .map((value) => normalise(kind, String(value)))
  if (wanted.length === 0) {
    throw new RestError(400, 'Communication values is not defined', "Parameter 'values' is required.")
  }
  const only = params.text('entity_type').toLowerCase()
  const found: Record<string, number[]> = {}
  for (const type of order.filter(
    (one) => (only === '' || one === only) && (one !== 'lead' || portal.leads),
  )) {
    const ids = portal.records
      .filter((record) => record.type === type && canRead(user, record) && matches(record, kind, wanted))
      .map((record) => record.id)
      .slice(0, MAX_HITS)
    if (ids.length > 0) found[type.toUpperCase()] = ids
    if (ids.length >= MAX_HITS) break
  }
  return Object.keys(found).length > 0 ? found : []
}

function matches(record: CrmRecord, kind: string, wanted: string[]): boolean {
  return record.fm.some((one) => one.typeId === kind && wanted.includes(normalise(kind, one.value)))
}

/** Digits without extension; long numbers lose 00, 011 or a leading 0, and a leading 8 becomes 7. */
function normalise(kind: string, value: string): string {
  if (kind === 'EMAIL') return value.trim().toLowerCase()
  const digits = (value.split(/[;,#x*]/i)[0] ?? '').replaceAll(/\D/g, '')
  if (digits.length < 10 || /^8[012]/.test(digits)) return digits
  if (digits.startsWith('00')) return digits.slice(2)
  if (digits.startsWith('011')) return digits.slice(3)
  if (digits.startsWith('8')) return `7${digits.slice(1)}`
  return digits.startsWith('0') ? digits.slice(1) : digits
}
