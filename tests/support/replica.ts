import { createHints } from '#server/adapters/node/hints.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createJobs, openBoss } from '#server/adapters/node/jobs.ts'
import { createNodeApp, surroundings } from '#server/adapters/node/serve.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { startIngest } from '#server/delivery/start-ingest.ts'
import type { Deps } from '#server/deps.ts'
import { startJobs } from '#server/jobs/run-jobs.ts'
import { createMetrics } from '#server/metrics.ts'
import type { Harness } from './harness.ts'
import { openTestPool, type TestPool } from './test-pool.ts'

/** A further server on the harness's database and simulators, with everything of its own; it ingests and works by itself. */
export async function startReplica({ deps: first, database }: Pick<Harness, 'deps' | 'database'>) {
  const { config, log, clock, http } = first
  const db = openTestPool(database.appUrl, { max: 6 })
  const keyring = createKeyring(config.encryptionKeys)
  const boss = openBoss(database.appUrl, log, { work: true })
  await boss.start()
  const hints = await createHints(db)
  const intake = createIntake({ db, keyring })
  const parts = { config, log, clock, http, db, keyring, hints, intake }
  const deps: Deps & { db: TestPool } = { ...parts, metrics: createMetrics(), jobs: createJobs(boss) }
  const app = createNodeApp(deps, { ...surroundings(), peer: () => '127.0.0.1' })
  const ingest = startIngest(deps)
  const jobs = startJobs(deps, boss)
  return {
    ...{ deps, app, ingest },
    request: (path: string, init?: RequestInit) =>
      Promise.resolve(app.request(new Request(new URL(path, config.publicUrl), init))),
    close: async () => {
      await intake.close()
      await ingest.stop()
      await jobs.stop()
      await boss.stop({ graceful: false })
      await flushCallLog(deps)
      await hints.close()
      await db.close()
    },
  }
}
