import { portal } from '#db/schema/index.ts'
import { withControl, withPortal } from '#db/tenancy.ts'
import { createJobs, openBoss } from '#server/adapters/node/jobs.ts'
import type { Caller, Lane } from '#server/bitrix/caller.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import type { Deps } from '#server/deps.ts'
import { asId, newId, type PortalId } from '#server/ids.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { storeTokens } from '#server/portal/access-token.ts'
import { createBitrix24, type Portal } from '../simulators/bitrix24/app.ts'
import { createTestDatabase } from './database.ts'
import { createSimulatedHttp } from './simulated-http.ts'
import { testConfig } from './test-config.ts'
import { openTestPool, type TestPool } from './test-pool.ts'

const OAUTH = 'https://oauth.bitrix.test'
const nobody = () => Promise.reject(new Error('not part of this test'))

export type PortalDeps = Awaited<ReturnType<typeof createPortalDeps>>

/** What calling a portal needs and nothing else: a database, the Bitrix24 simulator, and as many replicas as wanted. */
export async function createPortalDeps() {
  const database = await createTestDatabase()
  const config = testConfig()
  const time = { offset: 0 }
  const clock = { now: () => Date.now() + time.offset }
  const lines: string[] = []
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const { clientId, clientSecret } = config.bitrix24
  const deliver = () => Promise.resolve(new Response())
  const bitrix = createBitrix24({ oauthOrigin: OAUTH, clientId, clientSecret, clock: clock.now, deliver })
  const origins = () => [
    OAUTH,
    ...bitrix.portals.flatMap(({ state }) => [state.origin, ...state.formerOrigins]),
  ]
  const http = createSimulatedHttp([{ origins, fetch: bitrix.fetch }])
  const boss = openBoss(database.appUrl, log, { work: false })
  await boss.start()
  const pools: TestPool[] = []
  const replica = (): Deps & { db: TestPool } => {
    const db = openTestPool(database.appUrl, { max: 6 })
    pools.push(db)
    const keyring = createKeyring(config.encryptionKeys)
    const hints = { publish: nobody, subscribe: () => () => {} }
    const metrics = createMetrics()
    const rest = { metrics, hints, jobs: createJobs(boss), intake: { append: nobody, onStored: () => {} } }
    return { config, db, keyring, log, clock, http, ...rest }
  }
  const deps = replica()
  return {
    ...{ deps, replica, bitrix, database, boss, lines, clock },
    advance: (ms: number) => {
      time.offset += ms
    },
    install: (options: { leads?: boolean } = {}) =>
      installed(deps, bitrix.addPortal({ leads: options.leads ?? true })),
    close: async () => {
      bitrix.close()
      await boss.stop({ graceful: false })
      for (const db of pools) await flushCallLog({ ...deps, db })
      for (const db of pools) await db.close()
      await database.drop()
    },
  }
}

/** A portal with an administrator (user 1), known to us as after an install. */
async function installed(deps: Deps, simulated: Portal) {
  simulated.addUser({ name: 'Ada', isAdmin: true })
  simulated.beginInstall()
  const fresh = newId<PortalId>()
  const portalId = await withControl(deps.db, async (tx) => {
    const [row] = await tx.sql<{ id: string }[]>`
      select control.enter_member(${simulated.memberId}, ${fresh}) as id`
    return asId<PortalId>(row?.id ?? '')
  })
  await withPortal(deps.db, portalId, async (tx) => {
    await tx.orm.insert(portal).values({
      portalId,
      memberId: simulated.memberId,
      clientEndpoint: `${simulated.origin}/rest/`,
      oauthOrigin: OAUTH,
      serviceUserId: '1',
    })
    const expiresAt = new Date(deps.clock.now() + 3_600_000)
    await storeTokens(tx, deps, portalId, '1', { ...simulated.tokens(1), expiresAt })
  })
  const caller = (lane: Lane = 'interactive', userId = '1'): Caller => ({ portalId, userId, lane })
  return { simulated, portalId, caller, memberId: simulated.memberId }
}
