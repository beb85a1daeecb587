import postgres from 'postgres'

/** What a product database holds, read past row-level security. */
export function openLedger(superUrl: string) {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  const count = async (table: string): Promise<number> => {
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from ${sql(table)}`
    return row?.n ?? 0
  }
  return {
    messages: () => count('app.message'),
    waiting: () => count('control.intake'),
    stored: () => count('control.delivery'),
    /** Resolves when nothing waits for ingest any more. */
    drained: async (): Promise<void> => {
      while ((await count('control.intake')) > 0) await new Promise((resolve) => void setTimeout(resolve, 50))
    },
    /** The verdict by id sets: acknowledged but not shown, shown twice, shown under somebody else's number. */
    audit: async (acked: readonly string[]) => {
      const rows = await sql<{ id: string; text: string; phone: string }[]>`
        select m.provider_id as id, m.text, p.phone from app.message m
        join app.conversation c on c.portal_id = m.portal_id and c.id = m.conversation_id
        join app.person p on p.portal_id = c.portal_id and p.id = c.person_id`
      const shown = new Set(rows.map(({ id }) => id))
      const wrong = rows.filter(({ text, phone }) => !text.startsWith(`from=${phone.slice(1)} `))
      const lost = acked.filter((id) => !shown.has(id))
      return { shown: shown.size, lost: lost.length, doubled: rows.length - shown.size, wrong: wrong.length }
    },
    close: () => sql.end(),
  }
}
export type Ledger = ReturnType<typeof openLedger>
