import { PgDialect } from 'drizzle-orm/pg-core'
import { PostgresJsSession, PostgresJsTransaction } from 'drizzle-orm/postgres-js/session'
import type { PortalId } from '#server/ids.ts'
import type postgres from 'postgres'
import type { Db, RawTx } from './client.ts'

type NoSchema = Record<string, never>
export type Orm = PostgresJsTransaction<NoSchema, NoSchema>

/** An open transaction: `orm` for ordinary queries, `sql` for hot or hand-written ones. */
export type Tx = {
  readonly orm: Orm
  readonly sql: RawTx
  /** Calls `tell` when everything is on disk, and never when it is not. A crash in between loses the call. */
  afterCommit(tell: () => void): void
}

const dialect = new PgDialect()

/** Runs `work` in one transaction that sees the rows of this portal and no others. The only door to a tenant table. */
export function withPortal<T>(db: Db, portalId: PortalId, work: (tx: Tx) => Promise<T>): Promise<T> {
  return begin(db, async (tx) => {
    // Sent together with the first query of `work`; a failure of it fails that query too.
    const scoped = tx.sql`select set_config('app.portal_id', ${portalId}, true)`.execute()
    scoped.catch(() => {})
    const result = await work(tx)
    await scoped
    return result
  })
}

/** Runs `work` in one transaction without a tenant: only the functions of the control schema and the queue are in reach. */
export function withControl<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return begin(db, work)
}

async function begin<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const told: (() => void)[] = []
  const result = (await db.sql.begin((raw) => work(openTx(raw, told)))) as T
  for (const tell of told) {
    try {
      tell()
    } catch {
      // What is on disk must not look failed because nobody could be told.
    }
  }
  return result
}

function openTx(raw: RawTx, told: (() => void)[]): Tx {
  let orm: Orm | undefined
  return {
    sql: raw,
    afterCommit: (tell) => void told.push(tell),
    get orm() {
      orm ??= openOrm(raw)
      return orm
    },
  }
}

// Drizzle's session calls only `unsafe` and `savepoint`, which a transaction answers; its types ask for a whole pool.
function openOrm(raw: RawTx): Orm {
  const session = new PostgresJsSession(raw as unknown as postgres.Sql, dialect, undefined)
  return new PostgresJsTransaction(dialect, session as never, undefined) as Orm
}
