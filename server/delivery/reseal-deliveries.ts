import { withControl } from '#db/tenancy.ts'
import { keyIdOf } from '../crypto/seal.ts'
import type { Deps } from '../deps.ts'
import { bodyPlace } from './sealed-body.ts'

type Row = { id: string; body: Uint8Array }
type Kind = 'delivery' | 'quarantine'

const PAGE = 200

/** Seals kept webhook bodies and quarantined changes with the first intake key again. Returns how many were under another one. */
export async function resealDeliveries(deps: Pick<Deps, 'db' | 'keyring'>): Promise<number> {
  return (await resealAll(deps, 'delivery')) + (await resealAll(deps, 'quarantine'))
}

async function resealAll(deps: Pick<Deps, 'db' | 'keyring'>, kind: Kind): Promise<number> {
  let changed = 0
  let after: string | null = null
  for (;;) {
    const rows: Row[] = await readPage(deps, kind, after)
    changed += await resealPage(deps, kind, rows)
    if (rows.length < PAGE) return changed
    after = rows.at(-1)?.id ?? null
  }
}

function readPage(deps: Pick<Deps, 'db'>, kind: Kind, after: string | null): Promise<Row[]> {
  return withControl(deps.db, (tx) =>
    kind === 'delivery'
      ? tx.sql<Row[]>`select id, body from control.replay_deliveries('-infinity', ${after}, ${PAGE})`
      : tx.sql<Row[]>`select id, body from control.quarantined(null, ${after}, ${PAGE})`,
  )
}

async function resealPage(deps: Pick<Deps, 'db' | 'keyring'>, kind: Kind, rows: Row[]): Promise<number> {
  const stale = rows.filter((row) => keyIdOf(row.body) !== deps.keyring.ids[0])
  const bodies: Uint8Array[] = []
  for (const row of stale) {
    const place = bodyPlace(kind, row.id)
    bodies.push(await deps.keyring.seal('intake', place, await deps.keyring.open('intake', place, row.body)))
  }
  if (stale.length > 0) {
    await withControl(
      deps.db,
      (tx) =>
        tx.sql`select control.reseal(${kind}, ${stale.map((row) => row.id)}::uuid[], ${tx.sql.array(bodies as never, 17)}::bytea[])`,
    )
  }
  return stale.length
}
