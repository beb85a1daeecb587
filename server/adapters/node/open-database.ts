import { throughSocket } from '#db/address.ts'
import { openPool, type Db, type Pool } from '#db/pool.ts'
import { startEmbedded } from '#db/embedded.ts'
import { isCurrent, migrate } from '#db/migrate.ts'
import type { Config } from '../../config.ts'

export type Opened = { db: Pool; appUrl: string; close(): Promise<void> }

/** Opens the database of the configuration and brings it up to date: embedded unless DATABASE_URL is set. Throws an Error with one line for the operator. */
export async function openDatabase(config: Config): Promise<Opened> {
  const server = config.databaseUrl ? undefined : await startEmbedded({ dataDir: config.dataDir })
  const appUrl = server ? throughSocket(server.appUrl, server.socketFolder) : (config.databaseUrl ?? '')
  const ownerUrl = server?.ownerUrl ?? config.databaseOwnerUrl
  if (ownerUrl) await named('DATABASE_OWNER_URL', () => migrate({ ownerUrl, appRole: roleOf(appUrl) }))
  const db = openPool(appUrl, { max: 20 })
  const close = async () => {
    await db.close()
    await server?.stop()
  }
  try {
    await named('DATABASE_URL', () => refuseUnfit(db))
  } catch (error) {
    await close()
    throw error
  }
  return { db, appUrl, close }
}

// What a driver says ("connect ECONNREFUSED") does not tell the operator which value to look at.
async function named(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw message.startsWith('DATABASE_') ? error : new Error(`${name}: ${message}`, { cause: error })
  }
}

async function refuseUnfit(db: Db): Promise<void> {
  type Role = { name: string; unbound: boolean }
  const [role] = await db.lease(
    (sql) => sql<Role[]>`
      select rolname as name, rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user`,
  )
  if (role?.unbound)
    throw new Error(
      `DATABASE_URL: the role ${role.name} bypasses row-level security; use a role that owns nothing`,
    )
  if (!(await db.lease(isCurrent)))
    throw new Error('DATABASE_OWNER_URL: the schema is not up to date and no owner is given to migrate it')
}

const roleOf = (url: string): string => decodeURIComponent(new URL(url).username)
