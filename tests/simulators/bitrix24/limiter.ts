const WINDOW_MS = 600_000
const MINUTE_MS = 60_000

/** The portal's two limits: requests per second by caller, and working time per application and method. */
export interface Limits {
  takeRequest(key: string, now: number, enterprise: boolean): boolean
  addOperating(key: string, now: number, seconds: number): void
  operating(key: string, now: number): { seconds: number; resetAt: number }
  isBlocked(key: string, now: number): boolean
  setOperatingLimit(seconds: number): void
  reset(): void
}

/** Leaky bucket 50/2 a second (enterprise 250/5) and ten one-minute baskets of 480 s (docs: limits page, 2026-07-22). */
export function createLimits(): Limits {
  const buckets = new Map<string, { level: number; at: number }>()
  const baskets = new Map<string, Map<number, number>>()
  let limitSeconds = 480
  const live = (key: string, now: number): [number, number][] =>
    [...(baskets.get(key) ?? [])].filter(([minute]) => minute > now - WINDOW_MS)
  const operating = (key: string, now: number): { seconds: number; resetAt: number } => {
    const list = live(key, now)
    const oldest = list.length > 0 ? Math.min(...list.map(([minute]) => minute)) : now
    const seconds = list.reduce((sum, [, used]) => sum + used, 0)
    return { seconds, resetAt: Math.floor((oldest + WINDOW_MS) / 1000) }
  }
  return {
    takeRequest(key, now, enterprise) {
      const [capacity, drain] = enterprise ? [250, 5] : [50, 2]
      const bucket = buckets.get(key) ?? { level: 0, at: now }
      const level = Math.max(0, bucket.level - (Math.max(0, now - bucket.at) / 1000) * drain)
      const fits = level + 1 <= capacity
      buckets.set(key, { level: fits ? level + 1 : level, at: now })
      return fits
    },
    addOperating(key, now, seconds) {
      const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS
      const map = new Map(live(key, now))
      map.set(minute, (map.get(minute) ?? 0) + seconds)
      baskets.set(key, map)
    },
    operating,
    isBlocked: (key, now) => operating(key, now).seconds >= limitSeconds,
    setOperatingLimit(seconds) {
      limitSeconds = seconds
    },
    reset() {
      buckets.clear()
      baskets.clear()
    },
  }
}
