import { termsAcceptance } from '#db/schema/index.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Retention } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId, type PortalId } from '../ids.ts'
import { changePortal, readPortal } from './portals.ts'
import { writeAudit } from './write-audit.ts'

/** The terms and the data-processing agreement a portal accepts; a new text is a new version. */
export const TERMS_VERSION = '2026-08'

/** Days of a retention choice; null keeps messages while the portal is active. */
export const daysOf = ({ messages }: Retention): number | null => (messages === 'active' ? null : messages)

/** Whether this portal accepted the current terms; until then it connects no number. */
export async function termsAccepted(tx: Tx, portalId: PortalId): Promise<boolean> {
  return (await readPortal(tx, portalId))?.termsVersion === TERMS_VERSION
}

/** Keeps who accepted which terms, when, and the retention chosen with them. Throws `invalid` for another version than the current one. */
export async function acceptTerms(
  deps: Deps,
  who: { portalId: PortalId; userId: string },
  input: { version: string; retention: Retention },
): Promise<void> {
  if (input.version !== TERMS_VERSION) {
    const issues = [{ path: 'version', message: `The current version is ${TERMS_VERSION}.` }]
    throw new AppError('invalid', 'These terms are not the current ones.', { issues })
  }
  const { portalId, userId } = who
  const retentionDays = daysOf(input.retention)
  const acceptedAt = new Date(deps.clock.now())
  await withPortal(deps.db, portalId, async (tx) => {
    await changePortal(tx, portalId, { termsVersion: TERMS_VERSION, retentionDays })
    await tx.orm
      .insert(termsAcceptance)
      .values({ portalId, id: newId(), version: TERMS_VERSION, userId, retentionDays, acceptedAt })
    await writeAudit(tx, portalId, { kind: 'user', id: userId }, 'terms.accepted', { version: TERMS_VERSION })
  })
}
