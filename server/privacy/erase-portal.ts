import { eq, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { channel, portal } from '#db/schema/index.ts'
import { withControl, withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { changePortal, readPortal, type PortalRow } from '../portal/portals.ts'
import { buryNumbers } from './bury-numbers.ts'
import { cutDeliveries } from './cut-deliveries.ts'
import { TENANT_TABLES } from './erasure-plan.ts'

const BATCH = 500
// A request that was under way when the portal was marked may still have written something.
const SWEEP_AFTER_MS = 60_000

/**
 * Job `privacy.erase`: empties every table of the plan in small batches, each its own transaction that also keeps its count, so
 * that it goes on where it was stopped; then the receipt, then the portal's row. Run again later, it sweeps up what came late.
 */
export async function erasePortal(deps: Deps, { portalId }: { portalId: PortalId }): Promise<void> {
  const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
  if (row && row.state !== 'erasing') return
  if (row) await forgetOutside(deps, portalId)
  while ((await eraseTables(deps, portalId)) > 0);
  await eraseJobs(deps, portalId)
  if (row) await finish(deps, portalId, row)
}

// While the channels are still there: they name the numbers. Once they are gone, this was done.
async function forgetOutside(deps: Deps, portalId: PortalId): Promise<void> {
  const rows = await withPortal(deps.db, portalId, (tx) =>
    tx.orm.select({ number: channel.phoneNumberId }).from(channel).where(eq(channel.portalId, portalId)),
  )
  const numbers = [...new Set(rows.map(({ number }) => number))]
  await buryNumbers(deps, portalId, numbers)
  if (numbers.length > 0) await cutDeliveries(deps, numbers)
}

async function eraseTables(deps: Deps, portalId: PortalId): Promise<number> {
  let erased = 0
  for (const table of TENANT_TABLES) {
    for (;;) {
      const count = await eraseBatch(deps, portalId, table)
      erased += count
      if (count < BATCH) break
    }
  }
  return erased
}

function eraseBatch(deps: Deps, portalId: PortalId, table: PgTable): Promise<number> {
  const name = getTableName(table)
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    const from = tx.sql(`app.${name}`)
    const { count } = await tx.sql`
      delete from ${from} where ctid = any (array(select ctid from ${from} where portal_id = ${portalId} limit ${BATCH}))`
    if (row && count > 0) {
      const total = Number(row.registration[name] ?? 0) + count
      await changePortal(tx, portalId, { registration: { ...row.registration, [name]: String(total) } })
    }
    return count
  })
}

async function eraseJobs(deps: Deps, portalId: PortalId): Promise<void> {
  await withControl(
    deps.db,
    (tx) => tx.sql`delete from jobs.job where data ->> 'portalId' = ${portalId} and name <> 'privacy.erase'`,
  )
}

async function finish(deps: Deps, portalId: PortalId, begun: PortalRow): Promise<void> {
  const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
  if (!row) return
  const startedAt = begun.stoppedAt ?? new Date(deps.clock.now())
  await writeReceipt(deps, row, startedAt)
  await withPortal(deps.db, portalId, async (tx) => {
    await tx.orm.delete(portal).where(eq(portal.portalId, portalId))
    const job = {
      queue: 'privacy.erase',
      data: { portalId },
      key: portalId,
      afterMs: SWEEP_AFTER_MS,
    } as const
    await deps.jobs.enqueue(tx, job)
  })
}

// The same receipt however often the last steps are repeated: its id follows from what was erased.
async function writeReceipt(deps: Deps, row: PortalRow, startedAt: Date): Promise<void> {
  const counts = Object.entries(row.registration).map(([name, count]) => [name, Number(count)])
  const removed = { ...Object.fromEntries(counts), portal: 1 }
  const { hash: subject } = await deps.keyring.mac('tombstone', `portal:${row.memberId}`)
  const { hash } = await deps.keyring.mac('tombstone', `erasure:${row.portalId}`)
  const id = Array.from(hash.slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const endedAt = new Date(deps.clock.now())
  await withControl(
    deps.db,
    (tx) =>
      tx.sql`select control.write_receipt(${id}::uuid, 'portal', ${subject}, ${startedAt}, ${endedAt}, ${tx.sql.json(removed)}::jsonb)`,
  )
}
