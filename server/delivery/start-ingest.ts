import type { Deps } from '../deps.ts'
import { ingestWaiting } from './ingest-waiting.ts'

const POLL_MS = 1_000
const BACK_OFF_MS = [250, 1_000, 2_000, 5_000]
const FULL_BATCH = 200
// While posts pour in, every millisecond of ingest is one the answers wait for: smaller bites, with pauses in between.
const BUSY_BATCH = 100
const BUSY_POSTS_PER_SECOND = 600
const BUSY_PAUSE = 3
// 100 deliveries a bite every 125 ms at the latest: at least 800 a second.
const BUSY_PERIOD_MS = 125

export type Ingest = {
  wake(): void
  /** Finishes the batch at hand and starts no other. */
  stop(): Promise<void>
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

/** Ingests until stopped: woken by what this process stores, and once a second for what others did. */
export function startIngest(deps: Deps): Ingest {
  const arrivals = createMeter()
  const idlers: (() => void)[] = []
  let stopped = false
  let rest: { end(): void } | undefined
  let awake = false

  const wake = (): void => {
    awake = true
    rest?.end()
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => rest?.end(), ms)
      rest = {
        end: () => {
          rest = undefined
          clearTimeout(timer)
          resolve()
        },
      }
    })
  // A pause that a wake-up does not end.
  const hold = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

  const step = async (): Promise<number> => {
    const busy = arrivals.perSecond() > BUSY_POSTS_PER_SECOND
    const started = performance.now()
    const count = await ingestWaiting(deps, { limit: busy ? BUSY_BATCH : FULL_BATCH })
    const took = performance.now() - started
    if (busy && count > 0) await hold(Math.max(0, Math.min(took * BUSY_PAUSE, BUSY_PERIOD_MS - took)))
    return count
  }

  const run = async (): Promise<void> => {
    let failures = 0
    while (!stopped) {
      awake = false
      try {
        const count = await step()
        failures = 0
        if (count > 0) continue
      } catch (error) {
        deps.log.error('ingest.away', { error })
        await pause(BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)] ?? POLL_MS)
        continue
      }
      for (const done of idlers.splice(0)) done()
      if (!awake && !stopped) await pause(POLL_MS)
    }
    for (const done of idlers.splice(0)) done()
  }

  deps.intake.onStored((count) => {
    arrivals.add(count)
    wake()
  })
  const running = run()
  return {
    wake,
    stop: () => {
      stopped = true
      rest?.end()
      return running
    },
    idle: () => {
      wake()
      return new Promise((resolve) => void idlers.push(resolve))
    },
  }
}

// How many a second lately: a count that halves every 50 ms.
function createMeter() {
  const HALF_MS = 50
  let weight = 0
  let at = performance.now()
  const decayed = (): number => {
    const now = performance.now()
    weight *= 0.5 ** ((now - at) / HALF_MS)
    at = now
    return weight
  }
  return {
    add: (count: number) => void (weight = decayed() + count),
    perSecond: () => (decayed() * Math.LN2 * 1000) / HALF_MS,
  }
}
