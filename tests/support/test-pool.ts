import { connect, type Sql } from '#db/client.ts'
import { openPool, type Pool } from '#db/pool.ts'

/** A pool of the product, and `sql` to look past it. */
export type TestPool = Pool & { sql: Sql }

/** Opens both; `close` closes both. */
export function openTestPool(url: string, options: { max: number }): TestPool {
  const pool = openPool(url, options)
  const { sql } = connect(url, { max: 2, name: 'test' })
  const close = async () => {
    await Promise.all([pool.close(), sql.end({ timeout: 5 })])
  }
  return { ...pool, sql, close }
}
