import { desc, eq, sql } from 'drizzle-orm'
import { channel, portal, portalCall, userToken } from '#db/schema/index.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Diagnosis } from '../contract.ts'
import { intakeState, type IntakeState } from '../delivery/deliveries.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

type Check = Diagnosis['checks'][number]
type State = Check['state']

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** What an administrator wants to know when something seems wrong: each check with its time, its value and the advice to show. */
export async function diagnosePortal(deps: Deps, portalId: PortalId): Promise<Diagnosis> {
  const intake = await intakeState(deps)
  const now = deps.clock.now()
  return withPortal(deps.db, portalId, async (tx) => ({
    checks: [
      await lastWebhook(tx, portalId, now),
      await lastPortalCall(tx, portalId),
      queueAge(intake, now),
      await eventRoundTrip(tx, portalId, now),
      await tokens(tx, portalId),
    ],
  }))
}

const check = (id: Check['id'], state: State, at: Date | null, value: number | null): Check => ({
  ...{ id, state, value },
  at: at?.toISOString() ?? null,
  advice: state === 'ok' ? null : id,
})

async function lastWebhook(tx: Tx, portalId: PortalId, now: number): Promise<Check> {
  const [row] = await tx.orm
    .select({ at: sql<Date | null>`max(${channel.lastInboundAt})`, numbers: sql<number>`count(*)::int` })
    .from(channel)
    .where(eq(channel.portalId, portalId))
  const at = row?.at ?? null
  if (!row?.numbers || !at) return check('last_webhook', 'unknown', null, null)
  return check('last_webhook', now - at.getTime() > 7 * DAY ? 'warn' : 'ok', at, null)
}

async function lastPortalCall(tx: Tx, portalId: PortalId): Promise<Check> {
  const [row] = await tx.orm
    .select()
    .from(portalCall)
    .where(eq(portalCall.portalId, portalId))
    .orderBy(desc(portalCall.at))
    .limit(1)
  if (!row) return check('last_portal_call', 'unknown', null, null)
  return check('last_portal_call', row.code === 'ok' ? 'ok' : 'warn', row.at, row.ms)
}

function queueAge({ oldestAt }: IntakeState, now: number): Check {
  const age = oldestAt ? Math.max(0, now - oldestAt.getTime()) : 0
  const state = age < MINUTE ? 'ok' : age < 10 * MINUTE ? 'warn' : 'bad'
  return check('queue_age', state, oldestAt, Math.round(age / 1000))
}

async function eventRoundTrip(tx: Tx, portalId: PortalId, now: number): Promise<Check> {
  const [row] = await tx.orm
    .select({ at: portal.eventEchoedAt })
    .from(portal)
    .where(eq(portal.portalId, portalId))
  const at = row?.at ?? null
  if (!at) return check('event_round_trip', 'unknown', null, null)
  const age = now - at.getTime()
  return check('event_round_trip', age > DAY ? 'warn' : 'ok', at, Math.round(age / 1000))
}

async function tokens(tx: Tx, portalId: PortalId): Promise<Check> {
  const [numbers] = await tx.orm
    .select({ refused: sql<number>`count(*) filter (where ${channel.status} = 'token_refused')::int` })
    .from(channel)
    .where(eq(channel.portalId, portalId))
  const [service] = await tx.orm
    .select({ refusedAt: userToken.refusedAt })
    .from(userToken)
    .innerJoin(portal, eq(portal.portalId, userToken.portalId))
    .where(eq(userToken.userId, portal.serviceUserId))
  const refused = (numbers?.refused ?? 0) + (service?.refusedAt ? 1 : 0)
  return check('tokens', refused > 0 ? 'bad' : 'ok', service?.refusedAt ?? null, refused)
}
