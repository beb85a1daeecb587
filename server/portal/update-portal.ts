import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { beginRegistration, keepApplicationToken } from './enter-portal.ts'
import { proveAccess, type Proof, type ProofRefusal } from './prove-access.ts'
import { readPortal, type PortalRow } from './portals.ts'
import type { EventVerdict, KnownPortal, PortalEvent } from './portal-event.ts'
import { isRegistered } from './install-progress.ts'

/**
 * ONAPPUPDATE: the portal dropped our handlers and may show a new application token. Believed when its access token is our
 * application's at the stored endpoint and an administrator's; then the token is kept and everything is registered again.
 */
export async function updatePortal(
  deps: Deps,
  { portalId, row, shown }: KnownPortal,
  event: PortalEvent,
): Promise<EventVerdict> {
  const refused = (reason: string): EventVerdict => ({ ok: false, reason, status: 403, portalId })
  if (row.state !== 'active' || !event.accessToken)
    return shown === 'same' ? { ok: true } : refused('wrong_token')
  const proof = await proveAccess(deps, { endpoint: row.clientEndpoint, token: event.accessToken })
  if (!proof.ok && proof.reason !== 'refused') {
    // The event does not come again: with the token we know, looking at what is registered does no harm.
    if (shown !== 'same') return { ok: false, reason: proof.reason, status: 503, portalId }
  } else if (!isOurAdmin(proof, row)) return refused(shown === 'same' ? 'not_proved' : 'wrong_token')
  await withPortal(deps.db, portalId, async (tx) => {
    const now = await readPortal(tx, portalId, 'update')
    if (now?.state !== 'active') return
    if (event.applicationToken) await keepApplicationToken(tx, deps, portalId, event.applicationToken)
    // One that is running already looks at the portal as it is now.
    if (isRegistered(now) || now.registration['error']) await beginRegistration(tx, deps, portalId)
  })
  return { ok: true }
}

const isOurAdmin = (proof: Proof | ProofRefusal, row: PortalRow): boolean =>
  proof.ok &&
  proof.isAdmin &&
  proof.application.id === row.applicationId &&
  proof.application.code === row.applicationCode
