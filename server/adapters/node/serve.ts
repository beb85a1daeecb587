import { serve as listen, type ServerType } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { serveStatic } from '@hono/node-server/serve-static'
import type { PgBoss } from 'pg-boss'
import { createApp, type Runtime } from '../../app.ts'
import type { Deps } from '../../deps.ts'
import { startIngest } from '../../delivery/start-ingest.ts'
import { startJobs } from '../../jobs/run-jobs.ts'
import { WIDGET_DIST } from './build-widget.ts'
import { readWidget } from './read-widget.ts'

export const nodeRuntime: Runtime = {
  peer: (c) => getConnInfo(c).remote.address,
  assets: serveStatic({
    root: WIDGET_DIST,
    onFound: (_path, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
  }),
  widget: readWidget,
}

/** Serves `deps` on the configured address, ingests and works. `stop` takes no more, finishes what runs, and loses nothing. */
export async function serve(deps: Deps, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  const ingest = startIngest(deps)
  await startJobs(deps, boss)
  const app = createApp(deps, nodeRuntime)
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
    },
  }
}
