import type { EventDelivery, EventSettings } from './events.ts'
import type { FaultRule } from './faults.ts'
import type { CallRecord, Sim } from './sim.ts'
import { expireAll } from './tokens.ts'

export interface Control {
  failNext(rule: FaultRule): void
  /** Seconds that access tokens issued from now on live. */
  setTokenLife(seconds: number): void
  /** Lets every access token run out now. */
  expireTokens(memberId?: string): void
  /** Requests that match wait until the returned function is called. */
  hold(match?: { method?: string; route?: string }): () => void
  latency(ms: number): void
  /** Delay of what the portal's page answers to frames. */
  frameLatency(ms: number): void
  events(settings: EventSettings): void
  deliveries(): EventDelivery[]
  /** Token requests with a refresh token of this portal, granted or not. */
  refreshes(memberId: string): number
  refreshLog(memberId: string): { granted: boolean; at: number }[]
  /** Calls of one method, those inside a batch too. */
  callsOf(method: string): CallRecord[]
  /** HTTP requests to REST: a batch counts once. */
  requests(): CallRecord[]
  /** Notes working time of a method now, to bring it to its limit. */
  operating(o: { memberId: string; method: string; seconds: number; clientId?: string }): void
  setOperatingLimit(seconds: number): void
  /** Forgets faults, holds, latency and used-up limits; the data stays. */
  reset(): void
}

/** The dials of the simulator. */
export function createControl(sim: Sim): Control {
  return {
    failNext: (rule) => sim.faults.fail(rule),
    setTokenLife(seconds) {
      sim.state.tokenLifeSeconds = seconds
      sim.touch()
    },
    expireTokens: (memberId) => expireAll(sim, memberId),
    hold: (match = {}) => sim.faults.hold(match),
    latency: (ms) => sim.faults.setLatency(ms, 'api'),
    frameLatency: (ms) => sim.faults.setLatency(ms, 'frame'),
    events: (settings) => sim.events.configure(settings),
    deliveries: () => sim.events.deliveries,
    refreshes: (memberId) => sim.refreshes.filter((one) => one.memberId === memberId).length,
    refreshLog: (memberId) => sim.refreshes.filter((one) => one.memberId === memberId),
    callsOf: (method) => sim.calls.filter((call) => call.method === method.toLowerCase()),
    requests: () => sim.calls.filter((call) => call.route === 'rest' && call.batch === null),
    operating({ memberId, method, seconds, clientId = sim.mainClientId }) {
      sim.limits.addOperating([memberId, clientId, method.toLowerCase()].join('|'), sim.now(), seconds)
    },
    setOperatingLimit: (seconds) => sim.limits.setOperatingLimit(seconds),
    reset() {
      sim.faults.clear()
      sim.limits.reset()
      sim.events.configure({ delayMs: 0, duplicate: false, shuffle: false, paused: false })
    },
  }
}
