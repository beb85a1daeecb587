import type { PgBoss } from 'pg-boss'
import { pino } from 'pino'
import type { Config } from '../../config.ts'
import { flushCallLog } from '../../bitrix/call-log.ts'
import { createKeyring } from '../../crypto/keyring.ts'
import { checkKeys } from '../../crypto/check-keys.ts'
import type { Deps } from '../../deps.ts'
import { createLog } from '../../log.ts'
import { createMetrics } from '../../metrics.ts'
import { systemClock } from './clock.ts'
import { createHints } from './hints.ts'
import { createHttp } from './http.ts'
import { createIntake } from './intake.ts'
import { createJobs, openBoss } from './jobs.ts'
import { openDatabase } from './open-database.ts'

export type OpenDeps = { deps: Deps; boss: PgBoss; close(): Promise<void> }

/** Opens everything a server or a command of this runtime needs. `work` starts the queue's supervision too. */
export async function openDeps(config: Config, { work }: { work: boolean }): Promise<OpenDeps> {
  // Lines go out together, at most a tenth of a second late, and at the end of the process in any case: a system call each is a
  // tenth of a webhook's time, and wakes a thread.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 })
  const log = createLog({ level: config.logLevel, destination })
  const { db, appUrl, close } = await openDatabase(config)
  const keyring = createKeyring(config.encryptionKeys)
  await checkKeys(db, keyring)
  const boss = openBoss(appUrl, log, { work })
  await boss.start()
  const hints = await createHints(db)
  const intake = createIntake({ db, keyring })
  const deps: Deps = {
    config,
    db,
    keyring,
    log,
    metrics: createMetrics(),
    clock: systemClock,
    http: createHttp(config),
    hints,
    jobs: createJobs(boss),
    intake,
  }
  return {
    deps,
    boss,
    close: async () => {
      await intake.close()
      await boss.stop({ graceful: false })
      await flushCallLog(deps)
      await hints.close()
      await close()
    },
  }
}
