import postgres from 'postgres'
import type { Passwords } from './create-cluster.ts'

const LOGIN = 'login nosuperuser nobypassrls nocreatedb nocreaterole noreplication'

/** Creates the owner role, the application role and the database `wasync`, each once; safe to repeat. */
export const ensureRoles = async (superUrl: string, secrets: Passwords): Promise<void> => {
  const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
  try {
    const roles = [
      { name: 'wasync_owner', password: secrets.owner },
      { name: 'wasync_app', password: secrets.app },
    ]
    for (const { name, password } of roles) {
      const found = await sql`select 1 from pg_roles where rolname = ${name}`
      // Role commands take no parameters; the password is our own hexadecimal text.
      if (found.length === 0) await sql.unsafe(`create role ${name} ${LOGIN} password '${password}'`)
    }
    const database = await sql`select 1 from pg_database where datname = 'wasync'`
    if (database.length === 0) await sql.unsafe('create database wasync owner wasync_owner')
    await sql.unsafe('revoke all on database wasync from public')
    await sql.unsafe('grant connect on database wasync to wasync_app')
  } finally {
    await sql.end({ timeout: 5 })
  }
}
