import type { Db } from '#db/pool.ts'
import { withControl, type Tx } from '#db/tenancy.ts'
import { exchangeRefreshToken, type OAuthVerdict } from '../bitrix/oauth.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { asId, type PortalId } from '../ids.ts'

/** What came of a refresh token that was exchanged before. */
export type Recalled = { portalId: PortalId; userId: string; isAdmin: boolean }

// Whoever waits holds a connection; the rest of the pool stays free, and a flood of forged pages is turned away.
const MOST_AT_ONCE = 3
const MOST_WAITING = 50
type Line = { busy: number; waiting: (() => void)[] }
const lines = new WeakMap<Db, Line>()

/**
 * Runs `enter` with the exchange of a refresh token, or `recall` when it was exchanged in the last 24 hours. The page and the
 * install event show the same token: the second one waits for the first to be done with it, on any replica.
 * Throws `unavailable` when too many wait.
 */
export function exchangeOnce<T>(
  deps: Deps,
  oauthOrigin: string,
  refreshToken: string,
  then: { enter(verdict: OAuthVerdict): Promise<T>; recall(known: Recalled): Promise<T> },
): Promise<T> {
  return inLine(deps.db, () =>
    withControl(deps.db, async (tx) => {
      const hashes = (await deps.keyring.macs('exchange', refreshToken)).map(({ hash }) => hash)
      const lock = new DataView((hashes.at(-1) ?? new Uint8Array(8)).slice(0, 8).buffer).getBigInt64(0)
      await tx.sql`select pg_advisory_xact_lock(${String(lock)}::bigint)`
      const known = await recallExchange(tx, hashes)
      return known
        ? then.recall(known)
        : then.enter(await exchangeRefreshToken(deps, oauthOrigin, refreshToken))
    }),
  )
}

/** Whether a refresh token is spent: we exchanged it in the last 24 hours. */
export async function isSpent(deps: Deps, refreshToken: string): Promise<boolean> {
  const macs = await deps.keyring.macs('exchange', refreshToken)
  const hashes = macs.map(({ hash }) => hash)
  return (await withControl(deps.db, (tx) => recallExchange(tx, hashes))) !== null
}

/** Keeps for 24 hours what came of a refresh token; only its HMAC. */
export async function rememberExchange(deps: Deps, refreshToken: string, outcome: Recalled): Promise<void> {
  const { hash } = await deps.keyring.mac('exchange', refreshToken)
  const { portalId, userId, isAdmin } = outcome
  await withControl(
    deps.db,
    (tx) => tx.sql`select control.remember_exchange(${hash}, ${portalId}, ${userId}, ${isAdmin})`,
  )
}

type Row = { portal_id: string; user_id: string; is_admin: boolean }

async function recallExchange(tx: Tx, hashes: Uint8Array[]): Promise<Recalled | null> {
  const list = tx.sql.array(hashes as never, 17)
  const [row] = await tx.sql<Row[]>`select * from control.recall_exchange(${list}::bytea[])`
  return row ? { portalId: asId<PortalId>(row.portal_id), userId: row.user_id, isAdmin: row.is_admin } : null
}

async function inLine<T>(db: Db, work: () => Promise<T>): Promise<T> {
  const line = lines.get(db) ?? { busy: 0, waiting: [] }
  lines.set(db, line)
  if (line.busy >= MOST_AT_ONCE) {
    if (line.waiting.length >= MOST_WAITING) throw new AppError('unavailable', 'Too many installs at once.')
    await new Promise<void>((resolve) => line.waiting.push(resolve))
  } else line.busy++
  try {
    return await work()
  } finally {
    const next = line.waiting.shift()
    if (next) next()
    else line.busy--
  }
}
