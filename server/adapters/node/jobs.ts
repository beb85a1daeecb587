import { PgBoss, type Db as BossDb } from 'pg-boss'
import type { Tx } from '#db/tenancy.ts'
import { openBossDatabase, runPrepared } from './boss-database.ts'
import type { Log } from '../../log.ts'
import { wakeWorkers } from '../../jobs/wake-workers.ts'
import type { JobRequest, Jobs } from '../../ports/jobs.ts'

/** Opens pg-boss as the application role: it owns nothing and migrates nothing. `work` is false where only enqueueing is wanted. */
export function openBoss(url: string, log: Log, { work }: { work: boolean }): PgBoss {
  const { db, close } = openBossDatabase(url, work ? 6 : 1)
  const boss = new PgBoss({
    db,
    schema: 'jobs',
    migrate: false,
    createSchema: false,
    persistQueueStats: false,
    supervise: work,
    schedule: work,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  })
  boss.on('error', (error) => log.warn('jobs.error', { error }))
  boss.once('stopped', () => void close())
  return boss
}

/** Enqueues in the caller's transaction. */
export function createJobs(boss: PgBoss): Jobs {
  return {
    enqueue: async (tx, jobs) => {
      const byQueue = Map.groupBy([jobs].flat() as JobRequest[], (job) => job.queue)
      for (const [queue, requests] of byQueue) {
        await boss.insert(queue, requests.map(toInsert), { db: inside(tx) })
        const afterMs = Math.min(...requests.map((request) => request.afterMs ?? 0))
        tx.afterCommit(() => wakeWorkers(boss, queue, afterMs))
      }
    },
  }
}

const toInsert = ({ data, key, afterMs }: JobRequest) => ({
  data,
  ...(key ? { singletonKey: key } : {}),
  ...(afterMs ? { startAfter: new Date(Date.now() + afterMs) } : {}),
})

const inside = (tx: Tx): BossDb => ({
  executeSql: async (text, values) => ({ rows: await runPrepared(tx.sql, text, values) }),
})
