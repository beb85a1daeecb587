import { existsSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/**
 * `stolen`: percent of processor time the host gave to others (Linux); `stallMs`: the longest a thread with nothing to do
 * overslept; `diskMs`: the longest the disk took to keep four kilobytes.
 */
export type Machine = { stolen: number | null; stallMs: number; diskMs: number }

/** Watches the machine beside a benchmark, so that its own bad moments can be told from ours. */
export function watchMachine(): { end(): Promise<Machine> } {
  const longest = new Int32Array(new SharedArrayBuffer(8))
  const sleeper = new Worker(new URL('oversleep.ts', import.meta.url), { workerData: longest })
  const before = processorTime()
  return {
    end: async () => {
      await sleeper.terminate()
      const after = processorTime()
      const stolen =
        after && before ? (100 * (after.stolen - before.stolen)) / (after.all - before.all) : null
      const [stallMs = 0, diskMs = 0] = longest
      return { stolen: stolen === null ? null : Math.round(stolen * 10) / 10, stallMs, diskMs }
    },
  }
}

// man proc_stat: user, nice, system, idle, iowait, irq, softirq, steal.
function processorTime(): { all: number; stolen: number } | null {
  if (!existsSync('/proc/stat')) return null
  const [, ...ticks] =
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).map(Number) ?? []
  const counted = ticks.slice(0, 8)
  return { all: counted.reduce((sum, one) => sum + one, 0), stolen: counted[7] ?? 0 }
}
