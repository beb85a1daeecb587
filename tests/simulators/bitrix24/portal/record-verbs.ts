import { addRecord, deleteRecord, touchRecord } from '../records.ts'
import { applyFields, changeFm } from '../rest/item-write.ts'
import type { Sim } from '../sim.ts'
import type { CrmRecord, EntityType, PortalState } from '../state.ts'

export interface RecordInput {
  id?: number
  name?: string
  lastName?: string
  title?: string
  post?: string
  phones?: string[]
  emails?: string[]
  assignedById?: number
  contactId?: number
  contactIds?: number[]
  companyId?: number
  opportunity?: number
  currencyId?: string
  stageId?: string
  /** Deals: won. */
  closed?: boolean
  originatorId?: string
  originId?: string
}
/** Who did it: a user's id, or null for a robot; default is the responsible person. */
export interface Actor {
  userId?: number | null
}

export interface Records {
  addContact(input: RecordInput, actor?: Actor): { id: number }
  addLead(input: RecordInput, actor?: Actor): { id: number }
  addDeal(input: RecordInput, actor?: Actor): { id: number }
  addCompany(input: RecordInput, actor?: Actor): { id: number }
  changeRecord(type: EntityType, id: number | string, input: RecordInput, actor?: Actor): void
  deleteRecord(type: EntityType, id: number | string, actor?: Actor): void
  record(type: EntityType, id: number | string): CrmRecord | undefined
}

/** What people do with CRM records; each fires its event to the bound handlers. */
export function recordsOf(sim: Sim, portal: PortalState): Records {
  const firstUser = (): number => portal.users[0]?.id ?? 1
  const find = (type: EntityType, id: number | string): CrmRecord | undefined =>
    portal.records.find((one) => one.type === type && one.id === Number(id))
  const found = (type: EntityType, id: number | string): CrmRecord => {
    const record = find(type, id)
    if (!record) throw new Error(`no ${type} ${id} on ${portal.origin}`)
    return record
  }
  const by = (actor: Actor, record: { assignedById: number }): number | null =>
    actor.userId === undefined ? record.assignedById : actor.userId
  const add =
    (type: EntityType) =>
    (input: RecordInput, actor: Actor = {}): { id: number } => {
      const owner = { assignedById: input.assignedById ?? firstUser() }
      const cause = { userId: by(actor, owner) }
      const { id } = addRecord(sim, portal, type, owner, cause, (draft) => fill(portal, draft, input))
      return { id }
    }
  return {
    addContact: add('contact'),
    addLead: add('lead'),
    addDeal: add('deal'),
    addCompany: add('company'),
    changeRecord(type, id, input, actor = {}) {
      const record = found(type, id)
      fill(portal, record, input)
      touchRecord(sim, portal, record, by(actor, record))
    },
    deleteRecord(type, id, actor = {}) {
      const record = found(type, id)
      deleteRecord(sim, portal, record, { userId: by(actor, record) })
    },
    record: find,
  }
}

function fill(portal: PortalState, record: CrmRecord, input: RecordInput): void {
  const { id, phones, emails, closed, ...fields } = input
  if (id !== undefined) {
    record.id = id
    portal.counters[record.type] = Math.max(portal.counters[record.type] ?? 0, id)
  }
  applyFields(record, fields)
  if (closed !== undefined) record.stageId = closed ? (record.type === 'lead' ? 'CONVERTED' : 'WON') : 'NEW'
  if (phones) replaceFm(portal, record, 'PHONE', phones)
  if (emails) replaceFm(portal, record, 'EMAIL', emails)
  if (!record.title && record.type === 'deal') record.title = `Deal #${record.id}`
  if (!record.title && record.type === 'lead') record.title = `Lead #${record.id}`
}

function replaceFm(portal: PortalState, record: CrmRecord, typeId: string, values: string[]): void {
  record.fm = record.fm.filter((one) => one.typeId !== typeId)
  const added = values.map((value, index) => [`n${index}`, { typeId, valueType: 'WORK', value }])
  changeFm(portal, record, Object.fromEntries(added))
}
