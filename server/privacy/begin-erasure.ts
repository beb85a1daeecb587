import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { changePortal, readPortal } from '../portal/portals.ts'
import { endSessions } from '../portal/sessions.ts'
import { stopIntake } from '../portal/stop-intake.ts'

/** Marks a portal for erasure: its sessions end, intake stops, and the job that erases it commits with the mark. Safe to repeat. */
export async function beginErasure(deps: Deps, portalId: PortalId): Promise<void> {
  await withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    if (!row || row.state === 'erasing') return
    const stoppedAt = new Date(deps.clock.now())
    // Registration is over; the erasure keeps its counts there.
    await changePortal(tx, portalId, { state: 'erasing', stoppedAt, registration: {} })
    await endSessions(tx, portalId)
    await deps.jobs.enqueue(tx, { queue: 'privacy.erase', data: { portalId }, key: portalId })
  })
  await stopIntake(deps, portalId)
}
