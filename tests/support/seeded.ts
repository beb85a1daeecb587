export type Seeded = { next(): number; below(end: number): number; pick<T>(from: readonly [T, ...T[]]): T }

/** Repeatable pseudo-random numbers (mulberry32); the seed belongs into the message of whatever fails. */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return { next, below, pick: (from) => from[below(from.length)] ?? from[0] }
}
