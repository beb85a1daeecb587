import type { PgBoss } from 'pg-boss'
import type { Deps } from '#server/deps.ts'
import { QUEUES } from '#server/jobs/queues.ts'
import { runJob } from '#server/jobs/run-jobs.ts'

/** Runs every job that is due, and with `delayed` those that wait for their time too. Returns how many ran. */
export async function runDueJobs(deps: Deps, boss: PgBoss, delayed: boolean): Promise<number> {
  let ran = 0
  for (const { name } of QUEUES) {
    const jobs = await boss.fetch(name, { batchSize: 20, ignoreStartAfter: delayed, includeMetadata: true })
    for (const job of jobs) {
      ran++
      try {
        await runJob(deps, name, job.data, job.retryCount)
        await boss.complete(name, job.id)
      } catch (error) {
        await boss.fail(name, job.id, error instanceof Error ? { name: error.name } : {})
      }
    }
  }
  return ran
}
