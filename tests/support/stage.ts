import { createBitrix24 } from '../simulators/bitrix24/app.ts'
import { openLine } from '../simulators/demo/line.ts'
import { seedPortal } from '../simulators/demo/seed-portal.ts'
import { serveSimulator } from '../simulators/demo/serve-simulator.ts'
import { createGraphApi } from '../simulators/graph-api/app.ts'
import type { StatusScript } from '../simulators/graph-api/types.ts'
import { freePorts } from './stage-ports.ts'
import { startServer } from './stage-server.ts'
import { testConfig } from './test-config.ts'

export type StageDatabase = { appUrl: string; drop(): Promise<void> }
export type StageOptions = { statuses?: StatusScript }
export type Stage = Awaited<ReturnType<typeof createStage>>

/**
 * The whole product on sockets, as a browser meets it: the server with its workers behind a line that can be cut, a seeded
 * portal on another site, and WhatsApp. The app is not installed yet. Owns the database it is given.
 */
export async function createStage(database: StageDatabase, options: StageOptions = {}) {
  const ports = await freePorts('app', 'inner', 'portal', 'graph')
  const origins = {
    app: `http://127.0.0.1:${ports.app}`,
    portal: `http://localhost:${ports.portal}`,
    oauth: `http://127.0.0.1:${ports.portal}`,
    graph: `http://127.0.0.1:${ports.graph}`,
  }
  const config = testConfig({
    PORT: String(ports.inner),
    HOST: '127.0.0.1',
    PUBLIC_URL: origins.app,
    BITRIX24_OAUTH_ORIGINS: origins.oauth,
    META_GRAPH_URL: origins.graph,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
  })
  const time = { offset: 0 }
  const clock = { now: () => Date.now() + time.offset }
  const bitrix = createBitrix24({
    oauthOrigin: origins.oauth,
    clientId: config.bitrix24.clientId,
    clientSecret: config.bitrix24.clientSecret,
    clock: clock.now,
    appUrls: {
      install: `${origins.app}/bitrix/install`,
      app: `${origins.app}/bitrix/app`,
      installEvent: `${origins.app}/bitrix/events`,
    },
  })
  const portal = seedPortal(bitrix, origins.portal)
  const graph = createGraphApi({
    origin: origins.graph,
    appId: config.meta.appId,
    appSecret: config.meta.appSecrets[0] ?? '',
    verifyToken: config.meta.verifyToken,
    webhookUrl: `${origins.app}/webhooks/meta`,
    clock: clock.now,
    statusScript: options.statuses ?? { sentMs: 50, deliveredMs: 150, readMs: null },
    retry: { scale: 1 / 720, maxMs: 500 },
  })
  const line = await openLine(ports.app, ports.inner)
  const simulators = [
    await serveSimulator(ports.portal, (request, env) => bitrix.fetch(request, env)),
    await serveSimulator(ports.graph, (request, env) => graph.fetch(request, env)),
  ]
  const server = await startServer(config, clock, database.appUrl)
  return {
    ...{ origins, portal, bitrix, graph, line, clock, deps: server.deps },
    /** Moves the clock of the server and of both simulators; the browser's stays. */
    advance: (ms: number) => {
      time.offset += ms
    },
    close: async () => {
      line.close()
      bitrix.close()
      graph.close()
      await server.stop()
      for (const simulator of simulators) simulator.close()
      await database.drop()
    },
  }
}
