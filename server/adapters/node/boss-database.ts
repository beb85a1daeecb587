import type { Db as BossDb } from 'pg-boss'
import type { RawTx } from '#db/client.ts'
import { openPool } from '#db/pool.ts'

type Rows = Record<string, unknown>[]

const IS_SEVERAL = /;\s*\S/
// A statement without values would be sent for one use otherwise; the driver's types do not name that option.
const PREPARED = { prepare: true, simple: false }

/**
 * pg-boss's own statements on our connections, `connections` at most: each is planned once per connection, and none waits for the
 * disk. A job is enqueued in a transaction of ours; a crash of the database takes back at most that it was taken or done.
 */
export function openBossDatabase(url: string, connections: number): { db: BossDb; close(): Promise<void> } {
  const pool = openPool(url, { max: connections, name: 'wasync-jobs', planOnce: true, relaxed: true })
  const run = (text: string, values?: unknown[]) =>
    pool.lease((sql) => (IS_SEVERAL.test(text) ? runPlain(sql, text) : runPrepared(sql, text, values)))
  return {
    db: { executeSql: async (text, values) => ({ rows: await run(text, values) }) },
    close: () => pool.close(),
  }
}

/** The rows of a statement that is planned once per connection. */
export async function runPrepared(
  sql: Pick<RawTx, 'unsafe'>,
  text: string,
  values: unknown[] = [],
): Promise<Rows> {
  return [...(await sql.unsafe<Rows>(text, values as never[], PREPARED))]
}

// Some housekeeping comes as one text with a transaction of its own; several statements answer a list each.
async function runPlain(sql: Pick<RawTx, 'unsafe'>, text: string): Promise<Rows> {
  try {
    const answer: (Record<string, unknown> | Rows)[] = await sql.unsafe(text)
    return answer.flat()
  } catch (error) {
    // Failed in the middle, it leaves its transaction open, and the connection serves others next.
    await sql.unsafe('rollback').catch(() => {})
    throw error
  }
}
