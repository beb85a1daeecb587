import { serve as listen, type ServerType } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { PgBoss } from 'pg-boss'
import { createApp } from '../../app.ts'
import type { Deps } from '../../deps.ts'
import type { App } from '../../http/env.ts'
import { mountAll, type Surroundings } from '../../http/mount-all.ts'
import { startIngest } from '../../delivery/start-ingest.ts'
import { HOUSEWORK_TIMES } from '../../housekeeping/keep-house.ts'
import { startJobs } from '../../jobs/run-jobs.ts'
import { createNodeSignatureCheck } from './signature.ts'
import { WIDGET_DIST } from './build-widget.ts'
import { readWidget } from './read-widget.ts'
import { serveAssets } from './serve-assets.ts'

/** What Node knows; the widget must be built before. */
export const surroundings = (): Surroundings => ({
  peer: (c) => getConnInfo(c).remote.address,
  assets: serveAssets(WIDGET_DIST),
  widget: readWidget,
})

/** The whole product over `deps`. */
export function createNodeApp(deps: Deps, runtime: Surroundings = surroundings()): App {
  return createApp(deps, {
    signatureCheck: createNodeSignatureCheck(deps.config.meta.appSecrets),
    mount: (app) => mountAll(app, deps, runtime),
  })
}

/** Serves `deps` on the configured address, ingests and works. `stop` takes no more, finishes what runs, and loses nothing. */
export async function serve(deps: Deps, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  const ingest = startIngest(deps)
  const jobs = startJobs(deps, boss)
  for (const [task, cron] of Object.entries(HOUSEWORK_TIMES)) {
    await boss.schedule('housekeeping', cron, { task }, { key: task })
  }
  const app = createNodeApp(deps)
  const { host, port } = deps.config
  const server = await new Promise<ServerType>((resolve, reject) => {
    const opened = listen({ fetch: app.fetch, hostname: host, port }, () => resolve(opened))
    opened.once('error', reject)
  })
  return {
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 2_000).unref()
      await closed
      await ingest.stop()
      await jobs.stop()
    },
  }
}
