import { withPortal } from '#db/tenancy.ts'
import { dropParked } from '../conversation/park-statuses.ts'
import type { Deps } from '../deps.ts'
import { eachPortal } from '../portal/each-portal.ts'

const KEPT_MS = 7 * 24 * 60 * 60 * 1000

/** Destroys raw deliveries, quarantine and statuses nobody came for once they are seven days old. */
export async function purgeDeliveries(deps: Deps): Promise<void> {
  const before = new Date(deps.clock.now() - KEPT_MS)
  const [gone] = await deps.db.lease(
    (sql) => sql<{ deliveries: string; changes: string }[]>`
      select deliveries, changes from control.purge(${before})`,
  )
  let parked = 0
  for await (const portalId of eachPortal(deps)) {
    parked += await withPortal(deps.db, portalId, (tx) => dropParked(tx, portalId, before))
  }
  deps.log.info('purged', {
    deliveries: Number(gone?.deliveries ?? 0),
    quarantined: Number(gone?.changes ?? 0),
    statuses: parked,
  })
}
