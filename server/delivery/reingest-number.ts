import type { Deps } from '../deps.ts'
import { ingestDeliveries } from './ingest-deliveries.ts'
import { leaveQuarantine, quarantinedChanges, type QuarantineRow } from './quarantine.ts'
import { readQuarantined } from './read-delivery.ts'

const PAGE = 100

/** Takes quarantined content in again, of a number that has just been connected or (null) of all. What still has no place stays. Answers how many changes left. */
export async function reingestNumber(deps: Deps, phoneNumberId: string | null): Promise<number> {
  let left = 0
  let after: string | null = null
  for (;;) {
    const rows: QuarantineRow[] = await quarantinedChanges(deps, phoneNumberId, after, PAGE)
    for (const row of rows) left += await reingest(deps, row)
    if (rows.length < PAGE) return left
    after = rows.at(-1)?.id ?? null
  }
}

// One by one: what cannot be written must not keep its neighbours here.
async function reingest(deps: Deps, row: QuarantineRow): Promise<number> {
  const delivery = await readQuarantined(deps, row)
  const { quarantined, failed } = await ingestDeliveries(deps, [delivery])
  if (failed.size > 0 || quarantined.some(({ position }) => position === row.position)) return 0
  await leaveQuarantine(deps, [row.id])
  return 1
}
