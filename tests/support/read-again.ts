// Reads rows again and again, drops them, and prints which share of their bytes grew old meanwhile.
import { GCProfiler } from 'node:v8'
import { openPool } from '#db/pool.ts'
import { readPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'

const READS = 500
const ROWS = 200
const ROW_BYTES = 200

const [url = ''] = process.argv.slice(2)
const db = openPool(url, { max: 1 })
const portalId = newId<PortalId>()

async function read(times: number): Promise<number> {
  let count = 0
  for (let n = 0; n < times; n++) {
    const [rows] = await readPortal(db, portalId, (sql) => [
      sql`select n || repeat('x', ${ROW_BYTES}) as text from generate_series(1, ${ROWS}::int) n`,
    ])
    count += rows.length
  }
  return count
}

await read(READS)
const profiler = new GCProfiler()
profiler.start()
const count = await read(READS)
const scavenges = profiler.stop().statistics.filter(({ gcType }) => gcType === 'Scavenge')
const oldBytes = (at: (typeof scavenges)[number]['afterGC']) =>
  at.heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')?.spaceUsedSize ?? 0
const grown = scavenges.reduce(
  (sum, { beforeGC, afterGC }) => sum + oldBytes(afterGC) - oldBytes(beforeGC),
  0,
)
process.stdout.write(JSON.stringify({ share: grown / (count * ROW_BYTES), scavenges: scavenges.length }))
await db.close()
