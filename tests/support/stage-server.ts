import { createHints } from '#server/adapters/node/hints.ts'
import { createHttp } from '#server/adapters/node/http.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createJobs, openBoss } from '#server/adapters/node/jobs.ts'
import { serve } from '#server/adapters/node/serve.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import type { Config } from '#server/config.ts'
import { checkKeys } from '#server/crypto/check-keys.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import type { Deps } from '#server/deps.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { openTestPool, type TestPool } from './test-pool.ts'

/** The server as `npm start` runs it, in this process, with a clock of the caller's. */
export async function startServer(config: Config, clock: Deps['clock'], appUrl: string) {
  const log = createLog({ level: 'debug', destination: { write: () => {} } })
  const db = openTestPool(appUrl, { max: 8 })
  const keyring = createKeyring(config.encryptionKeys)
  await checkKeys(db, keyring)
  const boss = openBoss(appUrl, log, { work: true })
  await boss.start()
  const hints = await createHints(db)
  const intake = createIntake({ db, keyring })
  const deps: Deps & { db: TestPool } = {
    ...{ config, db, keyring, log, clock, hints, intake },
    metrics: createMetrics(),
    http: createHttp(config),
    jobs: createJobs(boss),
  }
  const server = await serve(deps, boss)
  return {
    deps,
    stop: async () => {
      await server.stop()
      await intake.close()
      await boss.stop({ graceful: false })
      await flushCallLog(deps)
      await hints.close()
      await db.close()
    },
  }
}
