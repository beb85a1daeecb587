import { eq, sql } from 'drizzle-orm'
import { channel, message } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { InstallProgress, Setup } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { installProgress, isRegistered } from './install-progress.ts'
import { readPortal } from './portals.ts'
import { TERMS_VERSION } from './terms.ts'

/** The steps of the app page in their order, and which of them are done. */
export function readSetup(deps: Deps, portalId: PortalId): Promise<Setup> {
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    const connected = await tx.orm
      .select({ id: channel.id })
      .from(channel)
      .where(sql`${eq(channel.portalId, portalId)} and ${eq(channel.status, 'connected')}`)
      .limit(1)
    const spoken = await tx.orm
      .select({ id: message.id })
      .from(message)
      .where(eq(message.portalId, portalId))
      .limit(1)
    const install = { id: 'install' as const, done: row !== undefined && isRegistered(row) }
    const terms = { id: 'terms' as const, done: row?.termsVersion === TERMS_VERSION }
    return {
      termsVersion: TERMS_VERSION,
      steps: [
        // A registration that hangs must not keep anybody from accepting the terms.
        ...(install.done ? [install, terms] : [terms, install]),
        { id: 'connect_number', done: connected.length > 0 },
        { id: 'first_message', done: spoken.length > 0 },
      ],
    }
  })
}

/** What the installer page asks while it waits. */
export function readInstallProgress(deps: Deps, portalId: PortalId): Promise<InstallProgress> {
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    if (!row) throw new AppError('not_found', 'This portal is not installed.')
    return installProgress(row)
  })
}
