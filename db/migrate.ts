import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { PgBoss } from 'pg-boss'
import postgres from 'postgres'
import { addressOf } from './address.ts'
import { QUEUES } from '#server/jobs/queues.ts'

const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url))
// Any constant does, as long as every replica takes the same one.
const LOCK = 7_204_416_301

/** Brings the schema up to date as its owner and grants the application role what it needs. Replicas that start together wait in line. */
export async function migrate({ ownerUrl, appRole }: { ownerUrl: string; appRole: string }): Promise<void> {
  const { url, ...socket } = addressOf(ownerUrl)
  const sql = postgres(url, { ...socket, max: 1, onnotice: () => {} })
  try {
    await sql`select pg_advisory_lock(${LOCK})`
    await runMigrations(drizzle(sql), { migrationsFolder: FOLDER, migrationsSchema: 'drizzle' })
    await sql`create schema if not exists jobs`
    await prepareQueues(ownerUrl)
    await grant(sql, appRole)
  } finally {
    await sql.end()
  }
}

/** Whether the database holds exactly the migrations of this build; readable by the application role. */
export async function isCurrent(sql: postgres.Sql): Promise<boolean> {
  const wanted = readMigrationFiles({ migrationsFolder: FOLDER })
  const found = await sql<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations`.catch(() => [])
  const have = new Set(found.map((row) => row.hash))
  return wanted.every((file) => have.has(file.hash))
}

async function prepareQueues(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: 'jobs',
    max: 2,
    createSchema: false,
    supervise: false,
    schedule: false,
  })
  boss.on('error', () => {})
  await boss.start()
  try {
    for (const { name, ...options } of QUEUES) {
      if (await boss.getQueue(name)) await boss.updateQueue(name, withoutPolicy(options))
      else await boss.createQueue(name, options)
    }
  } finally {
    await boss.stop({ graceful: false })
  }
}

function withoutPolicy<T extends { policy?: unknown }>({ policy: _, ...rest }: T): Omit<T, 'policy'> {
  return rest
}

async function grant(sql: postgres.Sql, appRole: string): Promise<void> {
  const role = sql(appRole)
  await sql`grant usage on schema app, control, jobs, drizzle to ${role}`
  await sql`grant select, insert, update, delete on all tables in schema app, jobs to ${role}`
  await sql`grant usage, select on all sequences in schema jobs to ${role}`
  await sql`grant execute on all functions in schema control, jobs to ${role}`
  await sql`grant select on all tables in schema drizzle to ${role}`
}
