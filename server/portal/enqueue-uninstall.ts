import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

const QUEUE = 'portal.confirm-uninstall'

/** An uninstall is claimed: whether it is true is asked of the OAuth server by a job. A claim that waits already is not queued twice. */
export async function enqueueUninstall(deps: Deps, portalId: PortalId, clean: boolean): Promise<void> {
  await withPortal(deps.db, portalId, (tx) => enqueueConfirmation(tx, deps, portalId, clean, 0))
}

/** The same inside a transaction, `afterMs` from now. */
export async function enqueueConfirmation(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  clean: boolean,
  afterMs: number,
): Promise<void> {
  const data = { portalId, clean: clean ? '1' : '0' }
  // Every user of the portal can forge this event: a thousand of them must not become a thousand jobs.
  const waiting = await tx.sql`
    select 1 from jobs.job where name = ${QUEUE} and singleton_key = ${portalId}
      and state in ('created', 'retry') and data ->> 'clean' = ${data.clean} limit 1`
  if (waiting.length > 0) return
  await deps.jobs.enqueue(tx, { queue: QUEUE, data, key: portalId, afterMs })
}
