import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { changePortal, readPortal } from './portals.ts'
import { endSessions } from './sessions.ts'
import { stopIntake } from './stop-intake.ts'
import { writeAudit } from './write-audit.ts'

/** The portal left, or shut us out: sessions end, intake stops, the data stays until its clock runs out or an administrator opens the app. */
export async function leavePortal(
  deps: Deps,
  portalId: PortalId,
  state: 'suspended' | 'uninstalled',
): Promise<void> {
  await withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    if (row?.state !== 'active') return
    await changePortal(tx, portalId, { state, stoppedAt: new Date(deps.clock.now()) })
    await endSessions(tx, portalId)
    await writeAudit(tx, portalId, { kind: 'portal', id: null }, `portal.${state}`)
  })
  await stopIntake(deps, portalId)
}
