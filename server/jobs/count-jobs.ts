import type { Deps } from '../deps.ts'
import { QUEUES } from './queues.ts'

/** How many jobs of each queue wait or run now; the others are none. */
export async function countJobs(deps: Pick<Deps, 'db'>): Promise<Map<string, number>> {
  const rows = await deps.db.lease(
    (sql) => sql<{ name: string; count: string }[]>`
      select name, count(*) from jobs.job where state in ('created', 'retry', 'active') group by name`,
  )
  const found = new Map(rows.map(({ name, count }) => [name, Number(count)]))
  return new Map(QUEUES.map(({ name }) => [name, found.get(name) ?? 0]))
}
