import type { Sim } from '../sim.ts'
import { installOf } from '../sim.ts'
import type {
  Activity,
  CrmRecord,
  EventHandler,
  PlacementBinding,
  PortalState,
  TimelineEntry,
  User,
} from '../state.ts'
import type { EventDelivery } from '../events.ts'

export interface Views {
  users(): User[]
  crm(): CrmRecord[]
  /** Configurable activities with layout, revision (1 = as added) and bindings. */
  activities(): Activity[]
  timeline(): TimelineEntry[]
  placements(): PlacementBinding[]
  eventHandlers(): EventHandler[]
  /** Events sent to handlers of this portal, with status and latency. */
  deliveries(): EventDelivery[]
}

/** What the portal holds, as copies that a test may keep. */
export function viewsOf(sim: Sim, portal: PortalState): Views {
  return {
    users: () => structuredClone(portal.users),
    crm: () => structuredClone(portal.records),
    activities: () => structuredClone(portal.activities),
    timeline: () => structuredClone(portal.timeline),
    placements: () => structuredClone(installOf(portal, sim.mainClientId).placements),
    eventHandlers: () => structuredClone(installOf(portal, sim.mainClientId).handlers),
    deliveries: () => sim.events.deliveries.filter((one) => one.memberId === portal.memberId),
  }
}
