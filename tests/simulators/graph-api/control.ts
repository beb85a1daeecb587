import type { Deliveries } from './deliveries.ts'
import { digitsOf, pairKey, type World } from './state.ts'
import type { GraphApi } from './types.ts'

/** Faults, delays and clocks, for tests and for the phone pane. */
export const createControl = (world: World, deliveries: Deliveries): GraphApi['control'] => ({
  failNext: ({ route, times = 1, as }) => {
    world.faults.push({ route, left: times, as })
    world.changed()
  },
  latency: (ms) => {
    world.latencyMs = ms
    world.changed()
  },
  statuses: (input) => {
    world.statuses = input
    world.changed()
  },
  deliveries: (input) => {
    Object.assign(world.deliveries, input)
    deliveries.release()
    world.changed()
  },
  closeWindow: (phoneNumberId, phone) => {
    const address = phone.includes('.') ? phone : digitsOf(phone)
    world.windows.delete(pairKey(phoneNumberId, world.aliases.get(address) ?? address))
    world.changed()
  },
  advance: (ms) => {
    world.time.advance(ms)
    world.changed()
  },
})
