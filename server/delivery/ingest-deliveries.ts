import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { DeliveryId, PortalId } from '../ids.ts'
import { ingestPortal, type Ingested } from './ingest-portal.ts'
import { settleDeliveries, type Quarantined } from './quarantine.ts'
import { writeChange, type ReadDelivery } from './read-delivery.ts'
import { routeDeliveries, type Aside, type PortalPart } from './route-deliveries.ts'

export type IngestResult = Ingested & {
  quarantined: Aside[]
  /** Deliveries of which some part could not be written; nothing about them is settled. */
  failed: Set<DeliveryId>
}

/** A body whose content fails again and again goes into quarantine after this many tries. */
const TRIES = 5

/** Writes deliveries: portal by portal, each once however often it comes. Throws only when the database is away. */
export async function ingestDeliveries(
  deps: Deps,
  deliveries: readonly ReadDelivery[],
): Promise<IngestResult> {
  const routed = await routeDeliveries(deps, deliveries)
  const result: IngestResult = {
    ...{ messages: 0, statuses: 0, dropped: routed.dropped },
    quarantined: routed.aside,
    failed: new Set(),
  }
  for (const [portalId, parts] of routed.portals) {
    const { failed, ...ingested } = await ingestOrSplit(deps, portalId, parts)
    add(result, ingested)
    for (const part of failed) giveUp(result, part)
  }
  const done = deliveries.filter(({ id }) => !result.failed.has(id))
  const kept = result.quarantined.filter(({ delivery }) => !result.failed.has(delivery.id))
  await settleDeliveries(
    deps,
    done.map(({ id }) => id),
    kept.map(toQuarantined),
  )
  count(deps, result)
  return result
}

type Split = Ingested & { failed: PortalPart[] }

// One bad row never holds up the others: a batch that fails is tried again change by change.
async function ingestOrSplit(deps: Deps, portalId: PortalId, parts: readonly PortalPart[]): Promise<Split> {
  try {
    return { ...(await ingestPortal(deps, portalId, parts)), failed: [] }
  } catch (error) {
    if (isAway(error)) {
      throw new AppError('unavailable', 'The database is away.', { retry: 'later', cause: error })
    }
    const [only] = parts
    if (parts.length === 1 && only) {
      deps.log.warn('ingest.failed', { portalId, deliveryId: only.delivery.id, error })
      return { messages: 0, statuses: 0, dropped: 0, failed: [only] }
    }
  }
  const total: Split = { messages: 0, statuses: 0, dropped: 0, failed: [] }
  for (const part of parts) {
    const { failed, ...ingested } = await ingestOrSplit(deps, portalId, [part])
    add(total, ingested)
    total.failed.push(...failed)
  }
  return total
}

function add(total: Ingested, { messages, statuses, dropped }: Ingested): void {
  total.messages += messages
  total.statuses += statuses
  total.dropped += dropped
}

function giveUp(result: IngestResult, { delivery, change }: PortalPart): void {
  if (delivery.attempts < TRIES) return void result.failed.add(delivery.id)
  const { position, value } = change
  result.quarantined.push({ delivery, change, position, place: position, reason: 'failed', value })
}

function toQuarantined({ delivery, change, position, place, reason, value }: Aside): Quarantined {
  const { id: deliveryId, receivedAt } = delivery
  // Too deep to be written again: the raw delivery has it, as long as quarantine would.
  const content = writeChange(change, value, place) ?? '{}'
  return { deliveryId, position, receivedAt, reason, content, phoneNumberId: change.phoneNumberId }
}

function count(deps: Deps, { messages, statuses, dropped, quarantined }: IngestResult): void {
  deps.metrics.ingested.inc({ kind: 'message' }, messages)
  deps.metrics.ingested.inc({ kind: 'status' }, statuses)
  deps.metrics.ingested.inc({ kind: 'quarantined' }, quarantined.length)
  if (dropped > 0) deps.metrics.dropped.inc(dropped)
}

// SQLSTATE classes that speak of data or code; everything else speaks of the connection or the server.
function isAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^[0-9A-Z]{5}$/.test(code)) return /^(?:08|53|57|58|25P)/.test(code)
  return /^(?:CONNECT|E[A-Z]+$)/.test(code)
}
