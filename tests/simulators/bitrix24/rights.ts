import type { CrmRecord, EntityRights, EntityType, Right, User } from './state.ts'
import { entityTypes } from './state.ts'

export interface EntityRightsInput {
  read?: Right
  write?: Right
  allow?: (number | string)[]
  deny?: (number | string)[]
}
export type RightsInput = Right | Partial<Record<EntityType, Right | EntityRightsInput>>

/** Whole rights from a short form: one word for all types, or a word or an object per type; what is left out is `all`. */
export function readRights(input: RightsInput | undefined): Record<EntityType, EntityRights> {
  const of = (type: EntityType): EntityRights => {
    const given = typeof input === 'object' ? input[type] : input
    if (typeof given !== 'object') return { read: given ?? 'all', write: given ?? 'all', allow: [], deny: [] }
    const read = given.read ?? 'all'
    return {
      read,
      write: given.write ?? read,
      allow: (given.allow ?? []).map(Number),
      deny: (given.deny ?? []).map(Number),
    }
  }
  return { lead: of('lead'), deal: of('deal'), contact: of('contact'), company: of('company') }
}

/** Whether the portal shows this record to this user. */
export function canRead(user: User, record: CrmRecord): boolean {
  return holds(user, record, 'read')
}

/** Whether the portal lets this user change this record. */
export function canWrite(user: User, record: CrmRecord): boolean {
  return canRead(user, record) && holds(user, record, 'write')
}

/** Whether this user may add records of this type. */
export function canAdd(user: User, type: EntityType): boolean {
  return user.active && user.rights[type].write !== 'none'
}

/** Whether this user may read anything at all in the CRM. */
export function readsAnything(user: User): boolean {
  return entityTypes.some((type) => user.rights[type].read !== 'none' || user.rights[type].allow.length > 0)
}

function holds(user: User, record: CrmRecord, verb: 'read' | 'write'): boolean {
  const rights = user.rights[record.type]
  if (!user.active || rights.deny.includes(record.id)) return false
  if (rights.allow.includes(record.id)) return true
  return rights[verb] === 'all' || (rights[verb] === 'own' && record.assignedById === user.id)
}
