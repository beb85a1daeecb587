import type { Sim } from '../sim.ts'
import { installOf } from '../sim.ts'
import type { Install, PortalState } from '../state.ts'
import { lifecycleOf, type Lifecycle } from './lifecycle.ts'
import { peopleOf, type People } from './people.ts'
import { recordsOf, type Records } from './record-verbs.ts'
import { requestsOf, type Requests } from './requests.ts'
import { siblingsOf, type Siblings } from './siblings.ts'
import { viewsOf, type Views } from './views.ts'

export interface PortalBase {
  readonly origin: string
  readonly host: string
  readonly memberId: string
  readonly applicationToken: string
  /** The portal's data as it is now; change it through the verbs. */
  readonly state: PortalState
  readonly install: Install
}

/** One tenant of the simulator: what its people do, and what it would show them. */
export type Portal = PortalBase & People & Records & Requests & Lifecycle & Siblings & Views

/** The verbs of a portal over its state. */
export function openPortal(sim: Sim, state: PortalState): Portal {
  const main = (): Install => installOf(state, sim.mainClientId)
  const base: PortalBase = {
    state,
    memberId: state.memberId,
    get origin() {
      return state.origin
    },
    get host() {
      return new URL(state.origin).host
    },
    get applicationToken() {
      return main().applicationToken
    },
    get install() {
      return main()
    },
  }
  return Object.assign(
    base,
    peopleOf(sim, state),
    recordsOf(sim, state),
    requestsOf(sim, state),
    lifecycleOf(sim, state),
    siblingsOf(sim, state),
    viewsOf(sim, state),
  )
}
