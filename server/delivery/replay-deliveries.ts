import type { Deps } from '../deps.ts'
import type { ChannelId, DeliveryId } from '../ids.ts'
import { keptDeliveries, routeNumbers, type DeliveryRow } from './deliveries.ts'
import { ingestDeliveries } from './ingest-deliveries.ts'
import { readDelivery, type ReadDelivery } from './read-delivery.ts'
import { reingestNumber } from './reingest-number.ts'

const PAGE = 100

export type Replayed = {
  deliveries: number
  messages: number
  statuses: number
  dropped: number
  failed: number
  leftQuarantine: number
}

/** Ingests kept deliveries since a time again, and quarantine after them; `channelId` limits it to bodies of that number. Changes nothing that is right. */
export async function replayDeliveries(
  deps: Deps,
  { since, channelId }: { since: Date; channelId?: ChannelId | undefined },
): Promise<Replayed> {
  const total: Replayed = {
    ...{ deliveries: 0, messages: 0, statuses: 0, dropped: 0, failed: 0, leftQuarantine: 0 },
  }
  let after: DeliveryId | null = null
  for (;;) {
    const rows: DeliveryRow[] = await keptDeliveries(deps, since, after, PAGE)
    const read = await Promise.all(rows.map((row) => readDelivery(deps, row)))
    const chosen = channelId ? await ofChannel(deps, read, channelId) : read
    const result = await ingestDeliveries(deps, chosen)
    total.deliveries += chosen.length
    total.messages += result.messages
    total.statuses += result.statuses
    total.dropped += result.dropped
    total.failed += result.failed.size
    if (rows.length < PAGE) break
    after = rows.at(-1)?.id ?? null
  }
  total.leftQuarantine = await reingestNumber(deps, null)
  return total
}

async function ofChannel(
  deps: Deps,
  deliveries: readonly ReadDelivery[],
  channelId: ChannelId,
): Promise<ReadDelivery[]> {
  const numbers = deliveries.flatMap(({ changes }) => changes.flatMap((change) => change.phoneNumberId ?? []))
  const routes = await routeNumbers(deps, [...new Set(numbers)])
  const isChosen = (number: string | undefined) => number && routes.get(number)?.channelId === channelId
  return deliveries.filter(({ changes }) => changes.some((change) => isChosen(change.phoneNumberId)))
}
