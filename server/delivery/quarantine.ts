import { withControl, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { newId, type DeliveryId } from '../ids.ts'
import type { QuarantineReason } from '../whatsapp/delivery-events.ts'
import { bodyPlace } from './sealed-body.ts'

/** A change on its way into quarantine: once per delivery and place. */
export type Quarantined = {
  deliveryId: DeliveryId
  position: number
  receivedAt: Date
  reason: QuarantineReason
  phoneNumberId: string | undefined
  content: string
}
export type QuarantineRow = {
  id: string
  deliveryId: DeliveryId
  position: number
  receivedAt: Date
  body: Uint8Array
}

/** Puts changes into quarantine, sealed, and strikes their deliveries off the queue, in one transaction. */
export async function settleDeliveries(
  deps: Pick<Deps, 'db' | 'keyring'>,
  ids: readonly DeliveryId[],
  changes: readonly Quarantined[],
): Promise<void> {
  const sealed = await Promise.all(changes.map((change) => sealChange(deps, change)))
  if (sealed.length === 0) {
    if (ids.length > 0) await deps.db.lease((sql) => sql`select control.settle_deliveries(${ids}::uuid[])`)
    return
  }
  await withControl(deps.db, async (tx) => {
    await Promise.all(sealed.map((change) => insertChange(tx, change)))
    await tx.sql`select control.settle_deliveries(${ids}::uuid[])`
  })
}

/** What waits in quarantine, of one number or of all, a page at a time. */
export function quarantinedChanges(
  deps: Pick<Deps, 'db'>,
  phoneNumberId: string | null,
  after: string | null,
  limit: number,
): Promise<QuarantineRow[]> {
  return deps.db.lease(
    (sql) => sql<QuarantineRow[]>`
      select id, delivery_id as "deliveryId", position, received_at as "receivedAt", body
      from control.quarantined(${phoneNumberId}, ${after}, ${limit})`,
  )
}

/** Removes changes that have been taken up. */
export async function leaveQuarantine(deps: Pick<Deps, 'db'>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await deps.db.lease((sql) => sql`select control.leave_quarantine(${ids}::uuid[])`)
}

type Sealed = Quarantined & { id: string; body: Uint8Array }

async function sealChange(deps: Pick<Deps, 'keyring'>, change: Quarantined): Promise<Sealed> {
  const id = newId()
  const plain = new TextEncoder().encode(change.content)
  return { ...change, id, body: await deps.keyring.seal('intake', bodyPlace('quarantine', id), plain) }
}

async function insertChange(tx: Tx, change: Sealed): Promise<void> {
  await tx.sql`select control.quarantine_change(${change.id}, ${change.deliveryId}, ${change.position},
    ${change.receivedAt}, ${change.reason}, ${change.phoneNumberId ?? null}, ${change.body}::bytea)`
}
