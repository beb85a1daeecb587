import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, DeliveryId, PortalId } from '../ids.ts'

type HasDb = Pick<Deps, 'db'>

export type IntakeState = {
  waiting: number
  oldestAt: Date | null
  lastReceivedAt: Date | null
  quarantined: number
}

type StateRow = {
  waiting: string
  oldest_at: Date | null
  last_received_at: Date | null
  quarantined: string
}

/** How much waits for ingest, since when, and how much is in quarantine. */
export function intakeState(deps: HasDb): Promise<IntakeState> {
  return withControl(deps.db, async (tx) => {
    const [row] = await tx.sql<StateRow[]>`select * from control.intake_state()`
    return {
      waiting: Number(row?.waiting ?? 0),
      oldestAt: row?.oldest_at ?? null,
      lastReceivedAt: row?.last_received_at ?? null,
      quarantined: Number(row?.quarantined ?? 0),
    }
  })
}

/** A sealed webhook body. */
export type DeliveryRow = { id: DeliveryId; receivedAt: Date; attempts: number; body: Uint8Array }

// The functions below run as single statements: each is a transaction of its own.

/** Takes up to `limit` of the oldest waiting deliveries for `leaseSeconds`. */
export function claimDeliveries(deps: HasDb, limit: number, leaseSeconds: number): Promise<DeliveryRow[]> {
  return deps.db.lease(
    (sql) => sql<DeliveryRow[]>`
      select id, received_at as "receivedAt", attempts, body
      from control.claim_deliveries(${limit}, make_interval(secs => ${leaseSeconds}))`,
  )
}

/** Lets claimed deliveries be offered again after `seconds`. */
export async function postponeDeliveries(
  deps: HasDb,
  ids: readonly DeliveryId[],
  seconds: number,
): Promise<void> {
  if (ids.length === 0) return
  await deps.db.lease(
    (sql) => sql`select control.postpone_deliveries(${ids}::uuid[], make_interval(secs => ${seconds}))`,
  )
}

/** Kept deliveries since a time, oldest first, a page at a time. */
export function keptDeliveries(
  deps: HasDb,
  since: Date,
  after: DeliveryId | null,
  limit: number,
): Promise<DeliveryRow[]> {
  return deps.db.lease(
    (sql) => sql<DeliveryRow[]>`
      select id, received_at as "receivedAt", 0 as attempts, body
      from control.replay_deliveries(${since}, ${after}, ${limit})`,
  )
}

/** Whose number it is. */
export type Route = { portalId: PortalId; channelId: ChannelId; since: Date; stopped: boolean }

/** Where the content of these numbers belongs; numbers nobody connected are missing. */
export async function routeNumbers(deps: HasDb, numbers: readonly string[]): Promise<Map<string, Route>> {
  if (numbers.length === 0) return new Map()
  const rows = await deps.db.lease(
    (sql) => sql<(Route & { phoneNumberId: string })[]>`
      select phone_number_id as "phoneNumberId", portal_id as "portalId", channel_id as "channelId", since, stopped
      from control.route_numbers(${numbers}::text[])`,
  )
  return new Map(rows.map(({ phoneNumberId, ...route }) => [phoneNumberId, route]))
}
