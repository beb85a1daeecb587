import type { World } from './state.ts'

export const DAY_MS = 24 * 3_600_000

/** A message of the customer opens or renews the 24 h window of this number and this customer. */
export const openWindow = (world: World, pair: string, atMs: number) => {
  world.windows.set(pair, Math.max(atMs, world.windows.get(pair) ?? 0))
}

/** Whether free-form messages may be sent now. */
export const isWindowOpen = (world: World, pair: string): boolean =>
  (world.windows.get(pair) ?? -Infinity) + DAY_MS > world.time.now()
