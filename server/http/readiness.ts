import type { Context } from 'hono'
import { isCurrent } from '#db/migrate.ts'
import { sameText } from '../crypto/same-bytes.ts'
import { intakeState } from '../delivery/deliveries.ts'
import type { Deps } from '../deps.ts'
import { countJobs } from '../jobs/count-jobs.ts'
import { AppError } from '../errors.ts'
import type { App } from './env.ts'

/** Readiness (database and migrations) and metrics for the operator. `peer` tells who is connected, where the runtime knows. */
export function mountReadiness(app: App, deps: Deps, peer: (c: Context) => string | undefined): void {
  app.get('/readyz', async (c) => {
    const ready = await deps.db.lease(isCurrent).catch(() => false)
    return c.json({ ok: ready, database: ready }, ready ? 200 : 503)
  })
  app.get('/metrics', async (c) => {
    if (!mayReadMetrics(deps, c.req.raw.headers, peer(c)))
      throw new AppError('forbidden', 'Metrics need the token.')
    deps.metrics.intakeWaiting.set((await intakeState(deps)).waiting)
    for (const [queue, count] of await countJobs(deps)) deps.metrics.jobsWaiting.set({ queue }, count)
    return c.text(await deps.metrics.registry.metrics(), 200, {
      'Content-Type': deps.metrics.registry.contentType,
    })
  })
}

function mayReadMetrics(deps: Deps, headers: Headers, address: string | undefined): boolean {
  const { metricsToken } = deps.config
  if (metricsToken) return sameText(headers.get('authorization') ?? '', `Bearer ${metricsToken}`)
  const proxied = headers.has('forwarded') || headers.has('x-forwarded-for')
  return !proxied && (address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1')
}
