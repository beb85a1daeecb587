import postgres from 'postgres'
import type { Deps } from '#server/deps.ts'
import type { Harness } from './harness.ts'

export type Answered = { method: string; path: string; status: number; headers: string; body: string }
export type Trail = {
  /** Everything the server answered, to browsers, the portal, Meta and the operator. */
  answers: Answered[]
  /** Every URL the server asked for. */
  urls: string[]
  /** Every body it sent out or got back: where tokens belong. */
  exchanges: string[]
}

/** Notes what passes between the server and the outside, without changing any of it. */
export function followProbes({ app, deps }: Pick<Harness, 'app' | 'deps'>): Trail {
  const trail: Trail = { answers: [], urls: [], exchanges: [] }
  const { request } = app
  const follow: typeof request = async (input, init, ...rest) => {
    const asked = input instanceof Request ? input : new Request(new URL(String(input), 'http://app'), init)
    const response = await request.call(app, asked, undefined, ...rest)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    trail.answers.push({
      method: asked.method,
      path: new URL(asked.url).pathname,
      status: response.status,
      headers: JSON.stringify([...response.headers]),
      body: isStream ? '' : await response.clone().text(),
    })
    return response
  }
  const { http } = deps
  const ask: Deps['http'] = async (asked, options) => {
    trail.urls.push(asked.url)
    trail.exchanges.push(await asked.clone().text())
    const response = await http(asked, options)
    trail.exchanges.push(await response.clone().text())
    return response
  }
  Object.assign(app, { request: follow })
  Object.assign(deps, { http: ask })
  return trail
}

/** A text of every row of the tables of these schemas, `schema.table` → rows; bytes as hex and as the text they may be. */
export async function dumpTables(superUrl: string, schemas: string[]): Promise<Map<string, string>> {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  try {
    const tables = await sql<{ name: string }[]>`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema = any(${schemas}) and table_type = 'BASE TABLE'`
    const dump = new Map<string, string>()
    for (const { name } of tables) {
      const rows = await sql.unsafe<{ row: Record<string, unknown> }[]>(
        `select to_jsonb(t) as row from ${name} t`,
      )
      dump.set(name, rows.map(({ row }) => JSON.stringify(row) + readBytes(row)).join('\n'))
    }
    return dump
  } finally {
    await sql.end()
  }
}

const readBytes = (row: Record<string, unknown>): string =>
  Object.values(row)
    .filter((value): value is string => typeof value === 'string' && value.startsWith('\\x'))
    .map((value) => Buffer.from(value.slice(2), 'hex').toString('utf8'))
    .join('\n')
