import type { Deps } from '../deps.ts'
import { FULL_BATCH, ingestWaiting } from './ingest-waiting.ts'

const POLL_MS = 1_000
const BACK_OFF_MS = [250, 1_000, 2_000, 5_000]
// A batch costs about the same whether it holds one delivery or ten: what comes meanwhile travels together.
const BETWEEN_BATCHES_MS = 25
// While posts pour in, every millisecond of ingest is one that answers wait for: it keeps to 600 deliveries a second
// then, and catches up afterwards.
const FLOOD_POSTS_PER_SECOND = 1_200
const FLOOD_MS_PER_DELIVERY = 1_000 / 600

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
    const started = performance.now()
    const count = await ingestWaiting(deps)
    const flood = arrivals.perSecond() > FLOOD_POSTS_PER_SECOND
    const least = flood ? count * FLOOD_MS_PER_DELIVERY : count < FULL_BATCH ? BETWEEN_BATCHES_MS : 0
    const rest = least - (performance.now() - started)
    if (count > 0 && rest > 0 && !stopped) await hold(rest)
    return count
  }

  const run = async (): Promise<void> => {
    let failures = 0
    while (!stopped) {
      awake = false
      try {
        const count = await step()
        failures = 0
        if (count === FULL_BATCH || (count > 0 && (awake || idlers.length > 0))) continue
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
