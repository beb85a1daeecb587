// Reads rows or stores webhook bodies again and again, keeps none of them, and prints which share of their bytes grew old meanwhile.
import { randomBytes } from 'node:crypto'
import { GCProfiler } from 'node:v8'
import { openPool } from '#db/pool.ts'
import { readPortal } from '#db/tenancy.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { testConfig } from './test-config.ts'

const TIMES = 500
const ROWS = 200
const ROW_BYTES = 200

const [what = '', url = ''] = process.argv.slice(2)
const db = openPool(url, { max: 1 })
const portalId = newId<PortalId>()
const { encryptionKeys } = testConfig({ DATABASE_URL: url })
const intake = createIntake({ db, keyring: createKeyring(encryptionKeys) })

async function readRows(): Promise<void> {
  await readPortal(db, portalId, (sql) => [
    sql`select n || repeat('x', ${ROW_BYTES}) as text from generate_series(1, ${ROWS}::int) n`,
  ])
}

async function storeBody(): Promise<void> {
  await intake.append(randomBytes(ROWS * ROW_BYTES))
}

async function repeat(work: () => Promise<void>): Promise<void> {
  for (let n = 0; n < TIMES; n++) await work()
}

const work = what === 'rows' ? readRows : storeBody
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
await intake.close()
await db.close()
