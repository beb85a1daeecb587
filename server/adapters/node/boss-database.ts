import type { Db as BossDb } from 'pg-boss'
import { connect, type Sql } from '#db/client.ts'

type Rows = Record<string, unknown>[]

const IS_SEVERAL = /;\s*\S/
// A statement without values would be sent for one use otherwise; the driver's types do not name that option.
const PREPARED = { prepare: true, simple: false }

/** pg-boss's statements on our driver: each is planned once per connection, `connections` at most. */
export function openBossDatabase(url: string, connections: number): { db: BossDb; close(): Promise<void> } {
  const { sql: prepared } = connect(url, { max: connections, name: 'wasync-jobs', planOnce: true })
  // Some housekeeping comes as one text with a transaction of its own, which a pool cannot take apart.
  const { sql: plain } = connect(url, { max: 1, name: 'wasync-jobs' })
  return {
    db: {
      executeSql: async (text, values) => ({
        rows: IS_SEVERAL.test(text) ? await runPlain(plain, text) : await runPrepared(prepared, text, values),
      }),
    },
    close: async () => {
      await Promise.all([prepared.end({ timeout: 5 }), plain.end({ timeout: 5 })])
    },
  }
}

/** The rows of a statement that is planned once per connection. */
export async function runPrepared(
  sql: Pick<Sql, 'unsafe'>,
  text: string,
  values: unknown[] = [],
): Promise<Rows> {
  return [...(await sql.unsafe<Rows>(text, values as never[], PREPARED))]
}

// Several statements answer a list each; what they found stands one after the other.
async function runPlain(sql: Sql, text: string): Promise<Rows> {
  const answer: (Record<string, unknown> | Rows)[] = await sql.unsafe(text)
  return answer.flat()
}
