import postgres from 'postgres'
import type { PortalId } from '#server/ids.ts'

/** Every row of one portal as text, table by table, read past row-level security. */
export async function portalSnapshot(
  superUrl: string,
  portalId: PortalId,
): Promise<Record<string, readonly string[]>> {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  try {
    const tables = await sql<{ name: string }[]>`
      select format('%I.%I', table_schema, table_name) as name from information_schema.columns
      where column_name = 'portal_id' and table_schema in ('app', 'control') order by 1`
    const rows: Record<string, readonly string[]> = {}
    for (const { name } of tables) {
      const found = await sql.unsafe<{ row: string }[]>(
        `select to_jsonb(t)::text as row from ${name} t where portal_id = $1 order by 1`,
        [portalId],
      )
      rows[name] = found.map(({ row }) => row)
    }
    return rows
  } finally {
    await sql.end()
  }
}
