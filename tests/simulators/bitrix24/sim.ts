import type { EventQueue } from './events.ts'
import type { Faults } from './faults.ts'
import type { Limits } from './limiter.ts'
import type { AppDefinition, Install, PortalState, State, User } from './state.ts'

export interface CallRecord {
  at: number
  host: string
  route: 'rest' | 'oauth'
  http: string
  url: string
  method: string
  /** Key of the command when the call came inside a batch. */
  batch: string | null
  memberId: string | null
  clientId: string | null
  userId: number | null
  params: Record<string, unknown>
  status: number
  error: string | null
}

export interface FrameSession {
  sid: string
  memberId: string
  clientId: string
  userId: number
  lang: string
  placement: string
  options: Record<string, unknown>
}

/** Everything the parts of the simulator share. */
export interface Sim {
  state: State
  oauthOrigin: string
  mainClientId: string
  allowHttp: boolean
  requireDot: boolean
  calls: CallRecord[]
  refreshes: { memberId: string; granted: boolean; at: number }[]
  frames: Map<string, FrameSession>
  faults: Faults
  limits: Limits
  events: EventQueue
  uninstallAnswer: Map<string, string>
  now(): number
  touch(): void
}

/** The application with this client id. Throws when there is none: the caller holds a broken state. */
export function appOf(sim: Sim, clientId: string): AppDefinition {
  const app = sim.state.apps.find((one) => one.clientId === clientId)
  if (!app) throw new Error(`no application ${clientId}`)
  return app
}

/** The row of an application on a portal. Throws when it was never there. */
export function installOf(portal: PortalState, clientId: string): Install {
  const install = portal.installs.find((one) => one.clientId === clientId)
  if (!install) throw new Error(`application ${clientId} is not on ${portal.origin}`)
  return install
}

/** The user with this id. Throws when there is none. */
export function userOf(portal: PortalState, userId: number): User {
  const user = portal.users.find((one) => one.id === userId)
  if (!user) throw new Error(`no user ${userId} on ${portal.origin}`)
  return user
}

/** The portal that answers at this origin now, or did before it was renamed. */
export function portalAt(sim: Sim, origin: string): { portal: PortalState; moved: boolean } | undefined {
  const portal = sim.state.portals.find((one) => one.origin === origin)
  if (portal) return { portal, moved: false }
  const former = sim.state.portals.find((one) => one.formerOrigins.includes(origin))
  return former && { portal: former, moved: true }
}

/** The portal with this member id. */
export function portalByMember(sim: Sim, memberId: string): PortalState | undefined {
  return sim.state.portals.find((one) => one.memberId === memberId)
}

/** The next free id of one kind of thing; kinds count separately, so that contact 1 and lead 1 both exist. */
export function nextId(portal: PortalState, kind: string): number {
  const id = (portal.counters[kind] ?? 0) + 1
  portal.counters[kind] = id
  return id
}
