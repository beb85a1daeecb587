import { openSecret, sealSecret } from '../crypto/portal-secrets.ts'
import { sameText } from '../crypto/same-bytes.ts'
import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import type { PortalRow } from './portals.ts'

/** `unknown`: this portal never showed one, so there is nothing to compare with. */
export type TokenVerdict = 'same' | 'different' | 'omitted' | 'unknown'

const place = (portalId: PortalId) => ({ table: 'portal', column: 'application_token', row: portalId })

/** Compares a shown application token with the stored one, in time that tells nothing. It proves the portal, never the person. */
export async function compareApplicationToken(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  row: PortalRow,
  shown: string | null,
): Promise<TokenVerdict> {
  if (!row.applicationToken) return 'unknown'
  if (!shown) return 'omitted'
  const stored = await openSecret(tx, deps.keyring, portalId, place(portalId), row.applicationToken)
  return sameText(stored, shown) ? 'same' : 'different'
}

/** Seals an application token for the portal's row. */
export function sealApplicationToken(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  token: string,
): Promise<Uint8Array> {
  return sealSecret(tx, deps.keyring, portalId, place(portalId), token)
}
