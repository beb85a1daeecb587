import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

/** From the next delivery on, nothing of this portal's numbers comes in. Safe to repeat. */
export function stopIntake(deps: Pick<Deps, 'db'>, portalId: PortalId): Promise<void> {
  return switchNumbers(deps, portalId, true)
}

/** The portal's numbers come in again. Safe to repeat. */
export function resumeIntake(deps: Pick<Deps, 'db'>, portalId: PortalId): Promise<void> {
  return switchNumbers(deps, portalId, false)
}

async function switchNumbers(deps: Pick<Deps, 'db'>, portalId: PortalId, stop: boolean): Promise<void> {
  await withControl(deps.db, (tx) => tx.sql`select control.stop_numbers(${portalId}, ${stop})`)
}
