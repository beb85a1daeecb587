import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { cutChanges } from './cut-changes.ts'

type Row = { id: string; body: Uint8Array }

const PAGE = 200

/** Cuts the changes of these numbers out of every kept webhook body, and removes what of theirs is in quarantine. */
export async function cutDeliveries(deps: Pick<Deps, 'db' | 'keyring'>, numbers: string[]): Promise<void> {
  let after: string | null = null
  for (;;) {
    const from: string | null = after
    const rows: Row[] = await withControl(
      deps.db,
      (tx) => tx.sql<Row[]>`select id, body from control.replay_deliveries('-infinity', ${from}, ${PAGE})`,
    )
    await cutPage(deps, rows, numbers)
    if (rows.length < PAGE) break
    after = rows.at(-1)?.id ?? null
  }
  for (const number of numbers) await leaveQuarantine(deps, number)
}

async function cutPage(deps: Pick<Deps, 'db' | 'keyring'>, rows: Row[], numbers: string[]): Promise<void> {
  const ids: string[] = []
  const bodies: Uint8Array[] = []
  for (const { id, body } of rows) {
    const place = ['control', 'delivery', 'body', id]
    const cut = cutChanges(await deps.keyring.open('intake', place, body), numbers)
    if (!cut) continue
    ids.push(id)
    bodies.push(await deps.keyring.seal('intake', place, cut))
  }
  if (ids.length === 0) return
  await withControl(
    deps.db,
    (tx) =>
      tx.sql`select control.reseal('delivery', ${ids}::uuid[], ${tx.sql.array(bodies as never, 17)}::bytea[])`,
  )
}

async function leaveQuarantine(deps: Pick<Deps, 'db'>, number: string): Promise<void> {
  for (;;) {
    const left = await withControl(deps.db, async (tx) => {
      const rows = await tx.sql<
        { id: string }[]
      >`select id from control.quarantined(${number}, null, ${PAGE})`
      const ids = rows.map(({ id }) => id)
      if (ids.length > 0) await tx.sql`select control.leave_quarantine(${ids}::uuid[])`
      return ids.length
    })
    if (left < PAGE) return
  }
}
