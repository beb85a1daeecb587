import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { eachPortal } from '../portal/each-portal.ts'
import { readPortal, type PortalRow } from '../portal/portals.ts'
import { beginErasure } from './begin-erasure.ts'

// A portal that left is kept for its return, thirty days at most, less when it chose less.
const KEPT_DAYS = 30
const DAY_MS = 86_400_000

/** Erases the portals that left and whose clock has run out. Returns how many. */
export async function eraseExpired(deps: Deps): Promise<number> {
  let begun = 0
  for await (const portalId of eachPortal(deps)) {
    const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
    if (!row || !isOver(row, deps.clock.now())) continue
    await beginErasure(deps, portalId)
    begun++
  }
  return begun
}

function isOver({ state, stoppedAt, retentionDays }: PortalRow, now: number): boolean {
  if ((state !== 'suspended' && state !== 'uninstalled') || !stoppedAt) return false
  return stoppedAt.getTime() + Math.min(retentionDays ?? KEPT_DAYS, KEPT_DAYS) * DAY_MS <= now
}
