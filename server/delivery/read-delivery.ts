import type { Deps } from '../deps.ts'
import type { DeliveryId } from '../ids.ts'
import type { ParsedChange } from '../whatsapp/delivery-events.ts'
import { parseDelivery } from '../whatsapp/parse-delivery.ts'
import type { DeliveryRow } from './deliveries.ts'
import type { QuarantineRow } from './quarantine.ts'
import { openBody } from './sealed-body.ts'

/** An opened delivery, or the part of one that waited in quarantine. */
export type ReadDelivery = { id: DeliveryId; receivedAt: Date; attempts: number; changes: ParsedChange[] }

/** Opens and parses a kept delivery. */
export async function readDelivery(
  deps: Pick<Deps, 'keyring'>,
  { id, receivedAt, attempts, body }: DeliveryRow,
): Promise<ReadDelivery> {
  const changes = parseDelivery(await openBody(deps.keyring, 'delivery', { id, body }))
  return { id, receivedAt, attempts, changes }
}

/** Opens and parses a quarantined change; its events keep the place they had in their delivery. */
export async function readQuarantined(
  deps: Pick<Deps, 'keyring'>,
  { id, deliveryId, receivedAt, position, body }: QuarantineRow,
): Promise<ReadDelivery> {
  const content = await openBody(deps.keyring, 'quarantine', { id, body })
  return {
    id: deliveryId,
    receivedAt,
    attempts: 0,
    changes: parseDelivery(content, firstPlace(content) ?? position),
  }
}

/** A change as a delivery of its own, with the place of its first event; undefined when it nests too deep to be written. */
export function writeChange(change: ParsedChange, value: unknown, position: number): string | undefined {
  const { accountId, field } = change
  try {
    return JSON.stringify({ place: position, entry: [{ id: accountId, changes: [{ field, value }] }] })
  } catch {
    return undefined
  }
}

function firstPlace(content: unknown): number | undefined {
  const isOurs = typeof content === 'object' && content !== null && 'place' in content
  return isOurs && typeof content.place === 'number' ? content.place : undefined
}
