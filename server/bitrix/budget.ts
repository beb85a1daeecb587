import type { Db } from '#db/pool.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import type { PortalId } from '../ids.ts'

// Docs: 50 deep, 2 a second, per portal and source address. Two stay unused: requests overtake each other on the way.
const DEPTH = 48
const DEPTH_BACKGROUND = 30
const DRAIN_PER_SECOND = 2

/** How many requests each lane would like to send now. */
export type Wants = { interactive: number; background: number }

/** What may be sent now, and how long to wait before asking again (ms, per lane). */
export type Grant = {
  interactive: number
  background: number
  waitMs: { interactive: number; background: number }
  /** Why nothing is sent until an administrator opens the app; null while all is well. */
  stoppedReason: string | null
}

/** Methods that used up their operating time, with the milliseconds until they are free. */
export type MethodPauses = ReadonlyMap<string, number>

/**
 * Takes from the portal's bucket in one short transaction, on the database's clock, so that every replica draws from the same one.
 * `choose` says what is wanted once the paused methods are known.
 */
export function takeBudget(
  db: Db,
  portalId: PortalId,
  choose: (pauses: MethodPauses) => Wants,
): Promise<{ grant: Grant; pauses: MethodPauses }> {
  return withPortal(db, portalId, async (tx) => {
    const pauses = await readPauses(tx, portalId)
    const wants = choose(pauses)
    const row = (await draw(tx, portalId, wants)) ?? (await enter(tx, portalId, wants))
    return { grant: toGrant(row), pauses }
  })
}

/** Nothing is sent to this portal for `ms`; its bucket counts as full. */
export async function pausePortal(db: Db, portalId: PortalId, ms: number): Promise<void> {
  await withPortal(
    db,
    portalId,
    (tx) => tx.sql`
      insert into app.portal_budget (portal_id, level, level_at, paused_until)
      values (${portalId}, ${DEPTH}, clock_timestamp(), clock_timestamp() + ${ms} * interval '1 ms')
      on conflict (portal_id) do update set level = excluded.level, level_at = excluded.level_at,
        paused_until = greatest(portal_budget.paused_until, excluded.paused_until)`,
  )
}

/** One method is not called on this portal for `ms`. */
export async function pauseMethod(db: Db, portalId: PortalId, method: string, ms: number): Promise<void> {
  await withPortal(
    db,
    portalId,
    (tx) => tx.sql`
      insert into app.method_pause (portal_id, method, until)
      values (${portalId}, ${method}, clock_timestamp() + ${ms} * interval '1 ms')
      on conflict (portal_id, method) do update set until = greatest(method_pause.until, excluded.until)`,
  )
}

/** Nothing is sent to this portal until `allowPortalCalls` (docs: OVERLOAD_LIMIT is lifted by hand). */
export async function stopPortalCalls(db: Db, portalId: PortalId, reason: string): Promise<void> {
  await withPortal(
    db,
    portalId,
    (tx) => tx.sql`
      insert into app.portal_budget (portal_id, stopped_reason) values (${portalId}, ${reason})
      on conflict (portal_id) do update set stopped_reason = excluded.stopped_reason`,
  )
}

/** Lifts `stopPortalCalls`: an administrator has opened the app. */
export async function allowPortalCalls(tx: Tx, portalId: PortalId): Promise<void> {
  await tx.sql`update app.portal_budget set stopped_reason = null
    where portal_id = ${portalId} and stopped_reason is not null`
}

type Row = {
  interactive: number
  background: number
  level: number
  paused_ms: number
  stopped_reason: string | null
}

async function readPauses(tx: Tx, portalId: PortalId): Promise<MethodPauses> {
  const rows = await tx.sql<{ method: string; ms: number }[]>`
    select method, (extract(epoch from until - clock_timestamp()) * 1000)::float8 as ms
    from app.method_pause where portal_id = ${portalId} and until > clock_timestamp()`
  return new Map(rows.map(({ method, ms }) => [method, ms]))
}

// The lock comes before the arithmetic: the level is the last committed one, whoever was ahead of us.
async function draw(tx: Tx, portalId: PortalId, wants: Wants): Promise<Row | undefined> {
  const [row] = await tx.sql<Row[]>`
    with held as materialized (
      select level, level_at, paused_until, stopped_reason from app.portal_budget
      where portal_id = ${portalId} for update
    ), timed as (
      select *, greatest(level_at, clock_timestamp()) as at from held
    ), drained as (
      select at, stopped_reason,
        greatest(0, level - ${DRAIN_PER_SECOND} * extract(epoch from at - level_at)::float8) as low,
        greatest(0, coalesce(extract(epoch from paused_until - at)::float8, 0)) * 1000 as paused_ms
      from timed
    ), first as (
      select *, case when stopped_reason is not null or paused_ms > 0 then 0
        else least(${wants.interactive}::int, floor(greatest(0, ${DEPTH} - low)))::int end as interactive from drained
    ), both_lanes as (
      select *, case when stopped_reason is not null or paused_ms > 0 then 0
        else least(${wants.background}::int, floor(greatest(0, ${DEPTH_BACKGROUND} - low - interactive)))::int end
        as background from first
    )
    update app.portal_budget b set level = n.low + n.interactive + n.background, level_at = n.at
    from both_lanes n where b.portal_id = ${portalId}
    returning n.interactive, n.background, b.level, n.paused_ms, b.stopped_reason`
  return row
}

async function enter(tx: Tx, portalId: PortalId, wants: Wants): Promise<Row> {
  await tx.sql`insert into app.portal_budget (portal_id, level_at) values (${portalId}, clock_timestamp())
    on conflict (portal_id) do nothing`
  const row = await draw(tx, portalId, wants)
  return row ?? { interactive: 0, background: 0, level: DEPTH, paused_ms: 0, stopped_reason: null }
}

function toGrant(row: Row): Grant {
  const wait = (depth: number) =>
    Math.max(row.paused_ms, ((row.level + 1 - depth) / DRAIN_PER_SECOND) * 1000, 0)
  return {
    interactive: row.interactive,
    background: row.background,
    waitMs: { interactive: wait(DEPTH), background: wait(DEPTH_BACKGROUND) },
    stoppedReason: row.stopped_reason,
  }
}
