import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { eachPortal } from '../portal/each-portal.ts'
import { rewrapKeys } from './portal-secrets.ts'

/** Wraps the data keys of every portal with the first key. Returns how many were wrapped by another one. Safe to stop and run again. */
export async function rewrapPortals(deps: Pick<Deps, 'db' | 'keyring'>): Promise<number> {
  let changed = 0
  for await (const portalId of eachPortal(deps)) {
    changed += await withPortal(deps.db, portalId, (tx) => rewrapKeys(tx, deps.keyring, portalId))
  }
  return changed
}
