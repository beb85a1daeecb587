import postgres from 'postgres'

export type Sql = postgres.Sql<{ json: unknown }>
export type RawTx = postgres.TransactionSql<{ json: unknown }>
export type Db = { sql: Sql }

/** Opens a pool on `url` (`max` connections, idle ones closed after a minute). Nothing connects until the first query. Without `fetchTypes` a connection saves a round trip and knows no arrays. */
export function connect(
  url: string,
  options: { max?: number; name?: string; fetchTypes?: boolean } = {},
): Db {
  const sql = postgres(url, {
    max: options.max ?? 16,
    idle_timeout: 60,
    connect_timeout: 8,
    fetch_types: options.fetchTypes ?? true,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'wasync' },
    types: { json: jsonType },
  })
  return { sql }
}

// drizzle hands over text that is encoded already, our own queries hand over values.
const jsonType = {
  to: 114,
  from: [114, 3802],
  serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: (text: string): unknown => JSON.parse(text),
}
