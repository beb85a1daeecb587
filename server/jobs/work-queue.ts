import type { Job, PgBoss } from 'pg-boss'
import type { Deps } from '../deps.ts'
import type { QueueName } from './queues.ts'

export type QueueWorker = { wake(): void; stop(): Promise<void> }

// What no wake-up tells: jobs of other processes, jobs of a key that was busy, jobs that are due now.
const LOOK_MS = 2_000
// Looking costs as much as a send: while jobs pour in, one look takes several of them and records what ended.
const BETWEEN_LOOKS_MS = 25
const HEARTBEAT_MS = 4_000
const AWAY_MS = 1_000
const GRACE_MS = 20_000

/**
 * Runs the jobs of a queue, up to `slots` side by side; each ends for itself. A job whose `run` throws comes back by
 * its queue's back-off. `stop` takes no more and resolves when what runs is recorded, or after 20 s.
 */
export function workQueue(
  { log }: Pick<Deps, 'log'>,
  boss: PgBoss,
  queue: QueueName,
  { slots, run }: { slots: number; run(job: Job): Promise<void> },
): QueueWorker {
  const running = new Set<Job>()
  const done: Job[] = []
  const failed: Job[] = []
  let stopped = false
  let awake = false
  let rest: (() => void) | undefined

  const wake = (): void => {
    awake = true
    rest?.()
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      rest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const start = async (job: Job): Promise<void> => {
    running.add(job)
    const ended = await inTime(run(job), job.expireInSeconds).then(
      () => done,
      () => failed,
    )
    running.delete(job)
    ended.push(job)
    wake()
  }
  const record = async (jobs: Job[], write: (jobs: Job[]) => Promise<unknown>): Promise<void> => {
    const ended = jobs.splice(0)
    if (ended.length === 0) return
    await write(ended).catch((error: unknown) => {
      jobs.unshift(...ended)
      throw error
    })
  }
  const look = async (): Promise<void> => {
    await record(done, (jobs) => boss.complete(queue, jobs))
    await record(failed, (jobs) => boss.fail(queue, jobs))
    const free = slots - running.size
    if (stopped || free === 0) return
    for (const job of await boss.fetch<object>(queue, { batchSize: free })) void start(job)
  }
  const held = (): Job[] => [...running, ...done, ...failed]
  const work = async (): Promise<void> => {
    while (!stopped || held().length > 0) {
      awake = false
      try {
        await look()
        await sleep(BETWEEN_LOOKS_MS)
      } catch (error) {
        log.warn('jobs.away', { queue, error })
        await sleep(AWAY_MS)
      }
      if (!awake) await pause(LOOK_MS)
    }
  }
  const heartbeat = setInterval(() => {
    const jobs = held()
    // One that fails is made up for by the next; two in a row hand the jobs to somebody who is well.
    if (jobs.length > 0) boss.touch(queue, jobs).catch(() => {})
  }, HEARTBEAT_MS)

  const working = work()
  return {
    wake,
    stop: async () => {
      stopped = true
      wake()
      const grace = Promise.withResolvers<void>()
      const timer = setTimeout(grace.resolve, GRACE_MS)
      await Promise.race([working, grace.promise])
      clearTimeout(timer)
      clearInterval(heartbeat)
    },
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

async function inTime(work: Promise<void>, seconds: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => late.reject(new Error('expired')), seconds * 1_000)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
