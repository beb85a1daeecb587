import postgres from 'postgres'
import { addressOf } from './address.ts'
import { ARRAY_OIDS, ARRAY_TYPES } from './array-types.ts'

export type Sql = postgres.Sql<{ json: unknown }>
export type RawTx = postgres.TransactionSql<{ json: unknown }>
export type Db = { sql: Sql }

/** Opens a pool on `url` (`max` connections, idle ones closed after a minute). Nothing connects until the first query. */
export function connect(url: string, options: { max?: number; name?: string } = {}): Db {
  const { url: address, ...socket } = addressOf(url)
  const sql = postgres(address, {
    ...socket,
    max: options.max ?? 16,
    idle_timeout: 60,
    connect_timeout: 8,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'wasync' },
    types: { json: jsonType, ...ARRAY_TYPES },
  })
  knowArrays(sql)
  return { sql }
}

// What `sql.array` looks up; the driver keeps it among options its types do not name.
function knowArrays(sql: Sql): void {
  const options = sql.options as unknown as { shared: { typeArrayMap: Record<number, number> } }
  Object.assign(options.shared.typeArrayMap, ARRAY_OIDS)
}

// drizzle hands over text that is encoded already, our own queries hand over values.
const jsonType = {
  to: 114,
  from: [114, 3802],
  serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: (text: string): unknown => JSON.parse(text),
}
