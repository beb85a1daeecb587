import { AppError } from '../../errors.ts'

const WINDOW_MS = 60_000

/** Lets `limit` requests a minute through per key, counted exactly over the last 60 s; throws `rate_limited` beyond. One per process. */
export function createRateLimit(limit: number): (key: string, now: number) => void {
  const rings = new Map<string, { times: number[]; next: number }>()
  let sweptAt = 0
  return (key, now) => {
    if (now - sweptAt > WINDOW_MS) {
      sweptAt = now
      for (const [idle, ring] of rings) if (newest(ring) < now - WINDOW_MS) rings.delete(idle)
    }
    const ring = rings.get(key) ?? { times: [], next: 0 }
    rings.set(key, ring)
    const oldest = ring.times[ring.next]
    if (oldest !== undefined && oldest > now - WINDOW_MS) {
      const afterMs = oldest + WINDOW_MS - now
      throw new AppError('rate_limited', 'Too many requests in a minute.', { retry: { afterMs } })
    }
    ring.times[ring.next] = now
    ring.next = (ring.next + 1) % limit
  }
}

const newest = (ring: { times: number[]; next: number }): number =>
  ring.times[(ring.next + ring.times.length - 1) % ring.times.length] ?? 0
