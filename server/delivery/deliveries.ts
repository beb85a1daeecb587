import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'

export type IntakeState = {
  waiting: number
  oldestAt: Date | null
  lastReceivedAt: Date | null
  quarantined: number
}

type Row = { waiting: string; oldest_at: Date | null; last_received_at: Date | null; quarantined: string }

/** How much waits for ingest, since when, and how much is in quarantine. */
export function intakeState(deps: Pick<Deps, 'db'>): Promise<IntakeState> {
  return withControl(deps.db, async (tx) => {
    const [row] = await tx.sql<Row[]>`select * from control.intake_state()`
    return {
      waiting: Number(row?.waiting ?? 0),
      oldestAt: row?.oldest_at ?? null,
      lastReceivedAt: row?.last_received_at ?? null,
      quarantined: Number(row?.quarantined ?? 0),
    }
  })
}
