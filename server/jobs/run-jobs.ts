import type { Job, JobResult, PgBoss } from 'pg-boss'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import { QUEUES, type QueueName } from './queues.ts'
import { JOBS } from './registry.ts'
import { noteWorker } from './wake-workers.ts'

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

/** Starts the workers of every queue; jobs left behind by a crash come back by their heartbeat. */
export async function startJobs(deps: Deps, boss: PgBoss): Promise<void> {
  for (const { name } of QUEUES) {
    const { concurrency, batch = 1 } = JOBS[name]
    const options = {
      batchSize: batch,
      pollingIntervalSeconds: 2,
      perJobResults: true,
    } as const
    for (let n = 0; n < concurrency; n++) {
      const worker: string = await boss.work(name, options, async (jobs: Job[]) => {
        const results = await Promise.all(jobs.map((job) => settle(deps, name, job)))
        // Look again at once: what arrived for these keys meanwhile was held back, and its wake-up is spent.
        boss.notifyWorker(worker)
        return results
      })
      noteWorker(boss, name, worker)
    }
  }
}

async function settle(deps: Deps, queue: QueueName, job: Job): Promise<JobResult> {
  try {
    await runJob(deps, queue, job.data, job.retryCount)
    return { id: job.id, status: 'completed' }
  } catch {
    // Logged where it was thrown; a failed job comes back by its queue's back-off.
    return { id: job.id, status: 'failed' }
  }
}
