import type { Sim } from '../sim.ts'
import { nextId } from '../sim.ts'
import type { Install, PortalState } from '../state.ts'
import { randomHex } from '../state.ts'

export interface PortalOptions {
  origin?: string
  memberId?: string
  lang?: string
  languages?: string[]
  /** false: simple CRM, without leads. */
  leads?: boolean
  /** Request bucket 250/5 instead of 50/2. */
  enterprise?: boolean
  applicationToken?: string
}

/** A new portal without users, where the application is known but not installed. */
export function createPortalState(sim: Sim, options: PortalOptions): PortalState {
  const number = sim.state.portals.length + 1
  const state: PortalState = {
    origin: options.origin ?? `https://portal-${number}.bitrix24.test`,
    formerOrigins: [],
    memberId: options.memberId ?? randomHex(16),
    lang: options.lang ?? 'en',
    languages: options.languages ?? ['en', 'ru', 'ro', 'de'],
    leads: options.leads ?? true,
    enterprise: options.enterprise ?? false,
    deleted: false,
    ...{ users: [], records: [], activities: [], timeline: [], installs: [], counters: {}, revision: 0 },
  }
  state.installs.push(newInstall(state, sim.mainClientId, options.applicationToken))
  return state
}

/** An application's row on a portal, before anybody installed it. */
export function newInstall(portal: PortalState, clientId: string, applicationToken = randomHex(16)): Install {
  return {
    ...{
      clientId,
      id: nextId(portal, 'app'),
      present: false,
      installed: false,
      applicationToken,
      version: 1,
    },
    ...{ placements: [], handlers: [], options: {}, userOptions: {}, ranFor: [] },
  }
}
