export type EntityType = 'lead' | 'deal' | 'contact' | 'company'
export type Right = 'all' | 'own' | 'none'

export interface EntityRights {
  read: Right
  write: Right
  allow: number[]
  deny: number[]
}

export interface User {
  id: number
  name: string
  lastName: string
  isAdmin: boolean
  appAccess: boolean
  active: boolean
  extranet: boolean
  lang: string
  position: string
  rights: Record<EntityType, EntityRights>
}

export interface MultiField {
  id: number
  typeId: string
  valueType: string
  value: string
}

export interface CrmRecord {
  id: number
  type: EntityType
  title: string
  name: string
  lastName: string
  secondName: string
  post: string
  comments: string
  sourceId: string
  stageId: string
  currencyId: string
  opportunity: number
  categoryId: number
  assignedById: number
  contactIds: number[]
  companyId: number
  originatorId: string | null
  originId: string | null
  createdBy: number
  updatedBy: number
  createdAt: number
  updatedAt: number
  fm: MultiField[]
}

export interface EntityRef {
  entityTypeId: number
  entityId: number
}

export interface ActivityFields {
  typeId: string
  completed: boolean
  deadline: string | null
  pingOffsets: number[]
  isIncomingChannel: boolean
  responsibleId: number
  badgeCode: string
  originatorId: string | null
  originId: string | null
}

export interface Activity {
  id: number
  clientId: string
  owner: EntityRef
  bindings: EntityRef[]
  fields: ActivityFields
  layout: Layout
  revision: number
  authorId: number
  createdAt: number
  updatedAt: number
}

export type Layout = Record<string, unknown>

export interface TimelineEntry {
  id: number
  kind: 'comment' | 'log'
  clientId: string
  owner: EntityRef
  authorId: number
  title: string
  text: string
  iconCode: string
  pinned: boolean
  createdAt: number
}

export interface PlacementBinding {
  placement: string
  userId: number
  handler: string
  title: string
  description: string
  options: Record<string, unknown>
  langAll: Record<string, Record<string, string>>
}

export interface EventHandler {
  id: number
  event: string
  handler: string
  authType: number
}

export interface Install {
  clientId: string
  id: number
  present: boolean
  installed: boolean
  applicationToken: string
  version: number
  placements: PlacementBinding[]
  handlers: EventHandler[]
  options: Record<string, unknown>
  userOptions: Record<string, Record<string, unknown>>
  ranFor: number[]
}

export interface PortalState {
  origin: string
  formerOrigins: string[]
  memberId: string
  lang: string
  languages: string[]
  leads: boolean
  enterprise: boolean
  deleted: boolean
  users: User[]
  records: CrmRecord[]
  activities: Activity[]
  timeline: TimelineEntry[]
  installs: Install[]
  counters: Record<string, number>
  revision: number
}

export interface AppDefinition {
  clientId: string
  clientSecret: string
  code: string
  scope: string[]
  urls: { install: string; app: string; installEvent: string }
}

export interface Pair {
  accessToken: string
  refreshToken: string | null
  refreshAlive: boolean
  clientId: string
  memberId: string
  userId: number
  scope: string[]
  expiresAt: number
  revoked: boolean
  page: boolean
}

export interface State {
  apps: AppDefinition[]
  portals: PortalState[]
  pairs: Record<string, Pair>
  tokenLifeSeconds: number
}

export const entityTypes: readonly EntityType[] = ['lead', 'deal', 'contact', 'company']
export const entityTypeIds: Record<EntityType, number> = { lead: 1, deal: 2, contact: 3, company: 4 }

/** The entity name behind a CRM type id, or undefined for a type this portal does not have. */
export function entityTypeOf(entityTypeId: number): EntityType | undefined {
  return entityTypes.find((type) => entityTypeIds[type] === entityTypeId)
}

/** Random lower-case hex, as the portal makes its tokens, member ids and frame ids. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** An empty server: one application, no portal. */
export function emptyState(app: AppDefinition): State {
  return { apps: [app], portals: [], pairs: {}, tokenLifeSeconds: 3600 }
}
