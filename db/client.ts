import postgres from 'postgres'
import { addressOf } from './address.ts'
import type { Target } from './dial.ts'
import { ARRAY_OIDS, ARRAY_TYPES } from './array-types.ts'

export type Sql = postgres.Sql<{ json: unknown }>
export type RawTx = postgres.ISql<{ json: unknown }>

export type ConnectOptions = {
  max?: number
  name?: string
  /** For statements whose values do not change the way they are best run: planned once per connection, not at each call. */
  planOnce?: boolean
  /** Does not wait for the disk at commit: for what is made again when a crash of the database takes it back. */
  relaxed?: boolean
  /** Opens what stands in for a socket; the driver's own ones where there is none. */
  socket?: (target: Target) => object
}

/** The driver on `url` (`max` connections, idle ones closed after a minute). Nothing connects until the first query. */
export function connect(url: string, options: ConnectOptions = {}): { sql: Sql } {
  const { url: address, ...path } = addressOf(url)
  const sql = postgres(address, {
    ...path,
    // Encrypted or not is then a matter of the socket.
    ...(options.socket ? { socket: openWith(options.socket), ssl: false } : {}),
    max: options.max ?? 16,
    // Whoever opens sockets closes them.
    idle_timeout: options.socket ? 0 : 60,
    // A connection that has its age would refuse what waits behind its running statement.
    max_lifetime: null,
    connect_timeout: 8,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: options.name ?? 'wasync',
      TimeZone: 'UTC',
      ...(options.planOnce ? { plan_cache_mode: 'force_generic_plan' } : {}),
      ...(options.relaxed ? { synchronous_commit: 'off' } : {}),
    },
    types: { json: jsonType, ...ARRAY_TYPES },
  })
  knowArrays(sql)
  return { sql }
}

// The driver hands over its options, lists of hosts and ports among them; its types know nothing of it.
type DriverOptions = { path?: string; host: [string]; port: [number] }
const openWith =
  (open: NonNullable<ConnectOptions['socket']>) =>
  ({ path, host: [host], port: [port] }: DriverOptions): object =>
    open(path ? { path } : { host, port })

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
