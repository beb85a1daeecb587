import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'
import type { Acked } from './real-traffic.ts'
import type { RealWorld } from './real-world.ts'

const STUCK_AFTER_MS = 45_000

/** Waits until nothing is under way, then compares id sets: what was acknowledged, what is shown, and what WhatsApp took. `sql` reads past row-level security. */
export async function auditRealWorld({ graph }: Pick<RealWorld, 'graph'>, sql: postgres.Sql, acked: Acked) {
  const unsettled = await settle(sql)
  const inbound = await sql<{ id: string }[]>`
    select provider_id as id from app.message where direction = 'in'`
  const outbound = await sql<{ text: string; status: string }[]>`
    select text, status from app.message where direction = 'out'`
  const attempts = await sql<{ id: string }[]>`select id from app.attempt`
  const shown = new Set(inbound.map(({ id }) => id))
  const kept = new Map(outbound.map(({ text, status }) => [text, status]))
  const taken = graph.sends.flatMap(({ text, wamid }) => (wamid === null || text === null ? [] : [text]))
  const takenOnce = new Set(taken)
  // Died between the attempt and the call: nobody knows whether it left, so it is never repeated, and a person decides.
  const isLost = (text: string) =>
    !kept.has(text) || (kept.get(text) !== 'unconfirmed' && !takenOnce.has(text))
  return {
    ...{ posts: acked.posts.length, intents: acked.intents.length, attempts: attempts.length },
    lost: acked.posts.filter((id) => !shown.has(id)).length,
    doubled: inbound.length - shown.size + (outbound.length - kept.size),
    sentTwice: attempts.filter(({ id }) => graph.acceptedBy(id) > 1).length + (taken.length - takenOnce.size),
    intentsLost: acked.intents.filter(isLost).length,
    unconfirmed: outbound.filter(({ status }) => status === 'unconfirmed').length,
    unsettled,
  }
}

/** Resolves when nothing is under way, or when nothing has moved for long; answers how much is left. */
async function settle(sql: postgres.Sql): Promise<number> {
  let least = Infinity
  let movedAt = Date.now()
  for (;;) {
    const [row] = await sql<{ n: number }[]>`
      select (select count(*) from control.intake)::int
        + (select count(*) from app.message where status in ('queued', 'sending'))::int as n`
    const left = row?.n ?? 0
    if (left < least) {
      least = left
      movedAt = Date.now()
    }
    if (left === 0 || Date.now() - movedAt > STUCK_AFTER_MS) return left
    await sleep(100)
  }
}
