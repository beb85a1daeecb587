import { withPortal } from '#db/tenancy.ts'
import type { Settings, SettingsInput } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import type { z } from 'zod'
import { changePortal, readPortal } from './portals.ts'
import { daysOf } from './terms.ts'
import { writeAudit } from './write-audit.ts'

/** What administrators chose for their portal. */
export function readSettings(deps: Deps, portalId: PortalId): Promise<Settings> {
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    if (!row) throw new AppError('not_found', 'This portal is not installed.')
    const { newSenderRecord, leadsEnabled, retentionDays } = row
    return { newSenderRecord, leadsEnabled, retention: { messages: retentionDays ?? 'active' } }
  })
}

/** Changes what is given and notes who did. Throws `invalid` when leads are wanted where the portal has none. */
export function changeSettings(
  deps: Deps,
  who: { portalId: PortalId; userId: string },
  { newSenderRecord, retention }: z.infer<typeof SettingsInput>,
): Promise<void> {
  const { portalId, userId } = who
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    if (newSenderRecord === 'lead' && row?.leadsEnabled === false) {
      const issues = [{ path: 'newSenderRecord', message: 'Leads are switched off in this portal.' }]
      throw new AppError('invalid', 'This portal has no leads.', { issues })
    }
    const change = {
      ...(newSenderRecord && { newSenderRecord }),
      ...(retention && { retentionDays: daysOf(retention) }),
    }
    if (Object.keys(change).length === 0) return
    await changePortal(tx, portalId, change)
    const subject = {
      ...(newSenderRecord && { newSenderRecord }),
      ...(retention && { retention: String(retention.messages) }),
    }
    await writeAudit(tx, portalId, { kind: 'user', id: userId }, 'settings.changed', subject)
  })
}
