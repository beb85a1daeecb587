import type { Job, PgBoss } from 'pg-boss'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import { QUEUES, type QueueName } from './queues.ts'
import { JOBS } from './registry.ts'
import { noteWorker } from './wake-workers.ts'
import { workQueue } from './work-queue.ts'

// An unknown error is most likely ours; trying for ever would hold everything behind it.
const UNKNOWN_ERROR_TRIES = 10

/** Runs one job to its end. Returns normally when its outcome is recorded; throws when it should come back (looks at `retry` only). */
export async function runJob(deps: Deps, queue: QueueName, data: unknown, tries: number): Promise<void> {
  const started = performance.now()
  const job = JOBS[queue]
  const done = (code: string, error?: unknown) =>
    deps.log[error ? 'warn' : 'info']('job', {
      queue,
      code,
      attempt: tries,
      ms: Math.round(performance.now() - started),
      error,
    })
  const payload = job.payload.safeParse(data)
  if (!payload.success) return done('payload_refused', payload.error)
  try {
    await job.run(deps, payload.data)
    done('done')
  } catch (error) {
    const { code, retry } = toAppError(error)
    const again = code === 'internal' ? tries < UNKNOWN_ERROR_TRIES : retry !== 'never'
    done(code, error)
    if (again) throw error
  }
}

/** Works on every queue until stopped; jobs left behind by a crash come back by their heartbeat. */
export function startJobs(deps: Deps, boss: PgBoss): { stop(): Promise<void> } {
  const workers = QUEUES.map(({ name }) => {
    const run = (job: Job) => runJob(deps, name, job.data, job.retryCount)
    const worker = workQueue(deps, boss, name, { slots: JOBS[name].slots, run })
    noteWorker(boss, name, worker)
    return worker
  })
  return { stop: async () => void (await Promise.all(workers.map((worker) => worker.stop()))) }
}
