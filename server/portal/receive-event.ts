import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { compareApplicationToken } from './application-token.ts'
import { enqueueRematch } from './enqueue-rematch.ts'
import { enqueueUninstall } from './enqueue-uninstall.ts'
import { installPortal } from './install-portal.ts'
import { changePortal, portalOfMember, readPortal } from './portals.ts'
import type { EventVerdict, KnownPortal, PortalEvent } from './portal-event.ts'
import { updatePortal } from './update-portal.ts'

const DELETED = /^ONCRM(CONTACT|LEAD|DEAL|COMPANY)DELETE$/

/** Acts on one event of a portal. Unknown portals and unknown events have no effect; a wrong application token is refused. */
export async function receiveEvent(deps: Deps, event: PortalEvent): Promise<EventVerdict> {
  if (event.name === 'ONAPPINSTALL') return receiveInstall(deps, event)
  const known = await findPortal(deps, event)
  if (!known) return { ok: true }
  const { portalId, shown } = known
  if (event.name === 'ONAPPUPDATE') return updatePortal(deps, known, event)
  if (shown !== 'same') return { ok: false, reason: 'wrong_token', status: 403, portalId }
  if (known.row.state !== 'active') return { ok: true }
  if (event.name === 'ONAPPUNINSTALL') await enqueueUninstall(deps, portalId, event.clean)
  if (event.name === 'ONAPPTEST') {
    const eventEchoedAt = new Date(deps.clock.now())
    await withPortal(deps.db, portalId, (tx) => changePortal(tx, portalId, { eventEchoedAt }))
  }
  const deleted = DELETED.exec(event.name)
  if (deleted?.[1] && event.recordId) await enqueueRematch(deps, portalId, deleted[1], event.recordId)
  return { ok: true }
}

async function receiveInstall(deps: Deps, event: PortalEvent): Promise<EventVerdict> {
  const installed = await installPortal(deps, { ...event, from: 'event' })
  if (installed.ok) return { ok: true }
  const later = installed.reason === 'unreachable' || installed.reason === 'busy'
  return { ok: false, reason: installed.reason, status: later ? 503 : 403 }
}

async function findPortal(deps: Deps, event: PortalEvent): Promise<KnownPortal | null> {
  const portalId = event.memberId ? await portalOfMember(deps, event.memberId) : null
  if (!portalId) return null
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    if (!row) return null
    return {
      portalId,
      row,
      shown: await compareApplicationToken(tx, deps, portalId, row, event.applicationToken),
    }
  })
}
