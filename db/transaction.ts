import { PgDialect } from 'drizzle-orm/pg-core'
import { PostgresJsSession, PostgresJsTransaction } from 'drizzle-orm/postgres-js/session'
import type postgres from 'postgres'
import type { RawTx, Sql } from './client.ts'
import { takeOut } from './short-lived.ts'

type NoSchema = Record<string, never>
export type Orm = PostgresJsTransaction<NoSchema, NoSchema>

/** An open transaction: `orm` for ordinary queries, `sql` for hot or hand-written ones. */
export type Tx = {
  readonly orm: Orm
  readonly sql: RawTx
  /** Calls `tell` when everything is on disk, and never when it is not. A crash in between loses the call. */
  afterCommit(tell: () => void): void
}

/** A statement that is not sent yet. */
export type Statement = PromiseLike<unknown> & { execute(): PromiseLike<unknown> }

const dialect = new PgDialect()

/**
 * Runs `work` in the transaction that `opening` begins, on a connection nobody else writes to. What does not wait for an answer
 * goes out together: the opening and the first statements of `work`. Whoever still asks when it is over is refused.
 */
export async function transact<T>(sql: Sql, opening: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const told: (() => void)[] = []
  const guard = guarded(sql)
  const opened = sql.unsafe(opening).execute()
  // Looked at in any case, and no earlier than what it makes fail.
  opened.catch(() => {})
  try {
    const result = await work(openTx(guard.sql, told))
    guard.close()
    await commit(sql)
    await opened
    for (const tell of told) quietly(tell)
    return result
  } catch (error) {
    guard.close()
    await sql`rollback`.catch(() => {})
    await opened
    throw error
  }
}

/** Runs what `ask` asks in the transaction that `opening` begins, in one trip: nothing of it waits for an answer. */
export async function readTogether<T extends readonly Statement[]>(
  sql: Sql,
  opening: string,
  ask: (sql: RawTx) => readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const guard = guarded(sql)
  const statements = ask(guard.sql)
  guard.close()
  const all = [sql.unsafe(opening), ...statements, sql`commit`].map((one) => one.execute())
  const outcomes = await Promise.allSettled(all)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  const rows = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? takeOut(outcome.value) : null))
  return rows.slice(1, -1) as { [K in keyof T]: Awaited<T[K]> }
}

async function commit(sql: Sql): Promise<void> {
  const { command } = await sql`commit`
  // What the server answers when a statement failed that nobody looked at.
  if (command !== 'COMMIT') throw new Error('a statement failed, and nothing of its transaction is kept')
}

// What is on disk must not look failed because nobody could be told.
function quietly(tell: () => void): void {
  try {
    tell()
  } catch {
    // Whoever is not told looks by himself.
  }
}

// After its end the connection belongs to another transaction, perhaps another portal's.
function guarded(sql: Sql): { sql: RawTx; close(): void } {
  let open = true
  const through =
    <A extends unknown[], R>(ask: (...args: A) => R) =>
    (...args: A): R => {
      if (!open) throw new Error('the transaction is over')
      return ask(...args)
    }
  const { array, json, typed, types } = sql
  const tag = through(sql as (...args: unknown[]) => unknown)
  const guard = Object.assign(tag, { unsafe: through(sql.unsafe), array, json, typed, types })
  return { sql: guard as unknown as RawTx, close: () => void (open = false) }
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

// Drizzle's session calls only `unsafe`, which a transaction answers; its types ask for a whole pool.
function openOrm(raw: RawTx): Orm {
  const session = new PostgresJsSession(raw as unknown as postgres.Sql, dialect, undefined)
  return new PostgresJsTransaction(dialect, session as never, undefined) as Orm
}
