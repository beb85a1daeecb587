// Asks the same again and again, drops rows or values each time, and prints which share of their bytes grew old meanwhile.
import { randomBytes } from 'node:crypto'
import { GCProfiler } from 'node:v8'
import { openPool } from '#db/pool.ts'
import { dropValues } from '#db/short-lived.ts'
import { readPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'

const TIMES = 500
const ROWS = 200
const ROW_BYTES = 200

const [what = '', url = ''] = process.argv.slice(2)
const db = openPool(url, { max: 1 })
const portalId = newId<PortalId>()

async function readRows(): Promise<void> {
  await readPortal(db, portalId, (sql) => [
    sql`select n || repeat('x', ${ROW_BYTES}) as text from generate_series(1, ${ROWS}::int) n`,
  ])
}

async function writeValues(): Promise<void> {
  const value = randomBytes((ROWS * ROW_BYTES) / 2).toString('hex')
  await db.lease((sql) => dropValues(sql`select length(${value})`))
}

async function repeat(work: () => Promise<void>): Promise<void> {
  for (let n = 0; n < TIMES; n++) await work()
}

const work = what === 'rows' ? readRows : writeValues
await repeat(work)
const profiler = new GCProfiler()
profiler.start()
await repeat(work)
const scavenges = profiler.stop().statistics.filter(({ gcType }) => gcType === 'Scavenge')
const oldBytes = (at: (typeof scavenges)[number]['afterGC']) =>
  at.heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')?.spaceUsedSize ?? 0
const grown = scavenges.reduce(
  (sum, { beforeGC, afterGC }) => sum + oldBytes(afterGC) - oldBytes(beforeGC),
  0,
)
process.stdout.write(
  JSON.stringify({ share: grown / (TIMES * ROWS * ROW_BYTES), scavenges: scavenges.length }),
)
await db.close()
