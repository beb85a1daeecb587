import type { Deps } from '../deps.ts'
import { claimDeliveries, postponeDeliveries, type DeliveryRow } from './deliveries.ts'
import { ingestDeliveries, type IngestResult } from './ingest-deliveries.ts'
import { readDelivery } from './read-delivery.ts'

/** How many deliveries are taken at once, if as many wait. */
export const FULL_BATCH = 400
const LEASE_SECONDS = 15
const RETRY_SECONDS = 5

/** Ingests one batch of the oldest waiting deliveries; answers how many were claimed. Throws when the database is away; what was claimed is offered again, after its lease at the latest. */
export async function ingestWaiting(deps: Deps): Promise<number> {
  const started = performance.now()
  const rows = await claimDeliveries(deps, FULL_BATCH, LEASE_SECONDS)
  if (rows.length === 0) return 0
  const result = await ingest(deps, rows)
  await postponeDeliveries(deps, [...result.failed], RETRY_SECONDS)
  observeLag(deps, rows)
  deps.log.info('ingest', {
    ...{ deliveries: rows.length, messages: result.messages, statuses: result.statuses },
    ...{ quarantined: result.quarantined.length, dropped: result.dropped, failed: result.failed.size },
    ms: Math.round(performance.now() - started),
  })
  return rows.length
}

async function ingest(deps: Deps, rows: readonly DeliveryRow[]): Promise<IngestResult> {
  try {
    const deliveries = await Promise.all(rows.map((row) => readDelivery(deps, row)))
    return await ingestDeliveries(deps, deliveries)
  } catch (error) {
    // Nobody has to wait for the lease if the database is back already.
    const ids = rows.map(({ id }) => id)
    await postponeDeliveries(deps, ids, 1).catch(() => {})
    throw error
  }
}

function observeLag({ metrics }: Deps, rows: readonly DeliveryRow[]): void {
  const now = Date.now()
  for (const { receivedAt } of rows) metrics.ingestLag.observe(Math.max(now - receivedAt.getTime(), 0) / 1000)
}
