import type { World } from './state.ts'

const PAIR_EVERY_MS = 6_000
const PAIR_BURST = 45

/** Spends one of `burst` that come back one per `everyMs`; false when there is none left. */
const spend = (world: World, key: string, everyMs: number, burst: number): boolean => {
  const now = world.time.now()
  const arrival = Math.max(now, world.rates.get(key) ?? 0)
  if (arrival - now > (burst - 1) * everyMs) return false
  world.rates.set(key, arrival + everyMs)
  return true
}

/** The number's throughput; inbound is left out of the count, as nobody can refuse a customer. */
export const withinThroughput = (world: World, phoneNumberId: string, perSecond: number): boolean =>
  spend(world, phoneNumberId, 1000 / perSecond, perSecond)

/** One message per 6 s to one person, 45 at once borrowed from the future. */
export const withinPairRate = (world: World, pair: string): boolean =>
  spend(world, pair, PAIR_EVERY_MS, PAIR_BURST)
