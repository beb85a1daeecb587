import { createIntake } from '#server/adapters/node/intake.ts'
import { createHints } from '#server/adapters/node/hints.ts'
import { createJobs, openBoss } from '#server/adapters/node/jobs.ts'
import { createNodeApp, surroundings } from '#server/adapters/node/serve.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { checkKeys } from '#server/crypto/check-keys.ts'
import { ingestWaiting } from '#server/delivery/ingest-waiting.ts'
import type { Deps } from '#server/deps.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { createBitrix24 } from '../simulators/bitrix24/app.ts'
import { createGraphApi } from '../simulators/graph-api/app.ts'
import { createTestDatabase } from './database.ts'
import { runDueJobs } from './run-due-jobs.ts'
import { createSimulatedHttp } from './simulated-http.ts'
import { testConfig } from './test-config.ts'
import { openTestPool, type TestPool } from './test-pool.ts'

export type HarnessOptions = { env?: Record<string, string>; retry?: { scale: number; maxMs: number } }
export type Harness = Awaited<ReturnType<typeof createHarness>>

/** The whole server over a fresh database and both simulators, without sockets. Nothing runs by itself: `drain` moves it. */
export async function createHarness(options: HarnessOptions = {}) {
  const database = await createTestDatabase()
  const config = testConfig(options.env)
  const time = { offset: 0 }
  const clock = { now: () => Date.now() + time.offset }
  const lines: string[] = []
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const deliver = async (request: Request): Promise<Response> => app.request(request)
  const bitrix = createBitrix24({
    oauthOrigin: 'https://oauth.bitrix.test',
    clientId: config.bitrix24.clientId,
    clientSecret: config.bitrix24.clientSecret,
    clock: clock.now,
    deliver,
    appUrls: {
      install: `${config.publicUrl}/bitrix/install`,
      app: `${config.publicUrl}/bitrix/app`,
      installEvent: `${config.publicUrl}/bitrix/events`,
    },
  })
  const graph = createGraphApi({
    origin: config.meta.graphUrl,
    appId: config.meta.appId,
    appSecret: config.meta.appSecrets[0] ?? '',
    verifyToken: config.meta.verifyToken,
    webhookUrl: `${config.publicUrl}/webhooks/meta`,
    clock: clock.now,
    deliver,
    statusScript: { sentMs: 0, deliveredMs: 0, readMs: null },
    ...(options.retry ? { retry: options.retry } : {}),
  })
  const portalOrigins = () => bitrix.portals.flatMap(({ state }) => [state.origin, ...state.formerOrigins])
  const http = createSimulatedHttp([
    { origins: () => ['https://oauth.bitrix.test', ...portalOrigins()], fetch: bitrix.fetch },
    { origins: () => [config.meta.graphUrl], fetch: graph.fetch },
  ])
  const db = openTestPool(database.appUrl, { max: 6 })
  const keyring = createKeyring(config.encryptionKeys)
  await checkKeys(db, keyring)
  const boss = openBoss(database.appUrl, log, { work: false })
  await boss.start()
  const intake = createIntake({ db, keyring })
  const hints = await createHints(db)
  const deps: Deps & { db: TestPool } = {
    ...{ config, db, keyring, log, clock, http, hints, intake },
    metrics: createMetrics(),
    jobs: createJobs(boss),
  }
  const app = createNodeApp(deps, { ...surroundings(), peer: () => '127.0.0.1' })

  /** Lets everything happen that is due; with `delayed`, what waits for its time too. */
  const drain = async ({ delayed = false } = {}): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      await Promise.all([graph.settle(), bitrix.settle()])
      const moved = (await ingestWaiting(deps)) + (await runDueJobs(deps, boss, delayed))
      if (moved === 0) return
    }
    throw new Error('The harness does not come to rest.')
  }

  return {
    ...{ deps, app, bitrix, graph, database, boss, lines, drain },
    /** Moves the clock of the app and of both simulators. */
    advance: (ms: number) => {
      time.offset += ms
    },
    request: (path: string, init?: RequestInit) =>
      Promise.resolve(app.request(new Request(new URL(path, config.publicUrl), init))),
    close: async () => {
      bitrix.close()
      graph.close()
      await intake.close()
      await flushCallLog(deps)
      await hints.close()
      await boss.stop({ graceful: false })
      await db.close()
      await database.drop()
    },
  }
}
