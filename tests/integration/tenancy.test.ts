import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { is } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as schema from '#db/schema/index.ts'
import { readPortal, withControl, withPortal, type Tx } from '#db/tenancy.ts'
import { asId, newId, type PortalId } from '#server/ids.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openTestPool, type TestPool } from '#tests/support/test-pool.ts'

let database: TestDatabase
let db: TestPool
const tables = Object.values<unknown>(schema).filter((value): value is PgTable => is(value, PgTable))
const tenantTables = tables.map(getTableConfig).filter((table) => table.schema === 'app')
const a = newId<PortalId>()
const b = newId<PortalId>()

beforeAll(async () => {
  database = await createTestDatabase()
  db = openTestPool(database.appUrl, { max: 3 })
  for (const portalId of [a, b]) {
    await withPortal(db, portalId, (tx) =>
      tx.orm.insert(schema.portal).values({
        ...{ portalId, memberId: portalId, serviceUserId: '1' },
        ...{ clientEndpoint: 'https://p.test/rest/', oauthOrigin: 'https://o.test' },
      }),
    )
  }
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

describe('the catalogue', () => {
  test('the application role owns nothing and bypasses nothing', async () => {
    const [role] = await db.sql`
      select current_user as name, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole as strong,
        (select count(*)::int from pg_class where relowner = pg_roles.oid) as owned
      from pg_roles where rolname = current_user`
    expect(role).toEqual({ name: 'wasync_app', strong: false, owned: 0 })
  })

  test('every table of the app schema is a tenant table, under enabled and forced row security, keyed by portal', async () => {
    const rows = await db.sql<
      { name: string; enabled: boolean; forced: boolean; policies: number; first: string }[]
    >`
      select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
        (select count(*)::int from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polwithcheck is not null) as policies,
        (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
          where i.indrelid = c.oid and i.indisprimary) as first
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'app' and c.relkind in ('r', 'p')`
    expect(rows.map((row) => row.name).sort()).toEqual(tenantTables.map((table) => table.name).sort())
    for (const row of rows) {
      expect(row, row.name).toMatchObject({ enabled: true, forced: true, policies: 1, first: 'portal_id' })
    }
  })

  test('foreign keys and unique keys of tenant tables carry the portal', async () => {
    const keys = await db.sql<{ name: string; columns: string[] }[]>`
      select k.conname as name, array(select a.attname::text from unnest(k.conkey) n join pg_attribute a
        on a.attrelid = k.conrelid and a.attnum = n) as columns
      from pg_constraint k join pg_namespace n on n.oid = k.connamespace
      where n.nspname = 'app' and k.contype in ('f', 'u', 'p')`
    expect(keys.filter((key) => !key.columns.includes('portal_id'))).toEqual([])
  })

  test('the role holds no grant on control tables; jobs is the one schema without tenants', async () => {
    const grants = await db.sql<{ schema: string; privilege: string }[]>`
      select distinct table_schema as schema, privilege_type as privilege from information_schema.role_table_grants
      where grantee = current_user order by 1, 2`
    const inSchema = (name: string) =>
      grants.filter((grant) => grant.schema === name).map((grant) => grant.privilege)
    expect(inSchema('control')).toEqual([])
    expect(inSchema('app')).toEqual(['DELETE', 'INSERT', 'SELECT', 'UPDATE'])
    expect(new Set(grants.map((grant) => grant.schema))).toEqual(new Set(['app', 'drizzle', 'jobs']))
  })

  test('every control function pins its search path, runs as owner and refuses inside a portal', async () => {
    const functions = await db.sql<{ name: string; definer: boolean; pinned: boolean; source: string }[]>`
      select p.proname as name, p.prosecdef as definer, p.prosrc as source,
        coalesce(array_to_string(p.proconfig, ',') like 'search_path=%', false) as pinned
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'control'`
    expect(functions.length).toBeGreaterThan(20)
    for (const row of functions) {
      expect(row.pinned, row.name).toBe(true)
      if (row.name === 'refuse_in_portal') continue
      expect(row.definer, row.name).toBe(true)
      expect(row.source, row.name).toContain('PERFORM control.refuse_in_portal()')
    }
  })
})

describe('two portals', () => {
  test('no table shows, takes or changes a row of the other one', async () => {
    for (const table of tenantTables) {
      const name = db.sql(`app.${table.name}`)
      const seen = await withPortal(db, a, (tx) => tx.sql`select 1 from ${name} where portal_id = ${b}`)
      expect(seen.length, table.name).toBe(0)
      const changed = await withPortal(
        db,
        a,
        (tx) => tx.sql`update ${name} set portal_id = portal_id where portal_id = ${b}`,
      )
      expect(changed.count, table.name).toBe(0)
      const gone = await withPortal(db, a, (tx) => tx.sql`delete from ${name} where portal_id = ${b}`)
      expect(gone.count, table.name).toBe(0)
    }
    const rows = await withPortal(db, b, (tx) => tx.orm.select().from(schema.portal))
    expect(rows).toHaveLength(1)
  })

  test('a row for the other portal is refused', async () => {
    const intrude = withPortal(db, a, (tx) =>
      tx.orm.insert(schema.audit).values({ portalId: b, id: newId(), actorKind: 'system', action: 'x' }),
    )
    await expect(intrude).rejects.toThrow()
  })

  test('without a portal there are no rows', async () => {
    const rows = await withControl(db, (tx) => tx.sql`select 1 from app.portal`)
    expect(rows).toHaveLength(0)
    expect(await db.sql`select 1 from app.portal`).toHaveLength(0)
  })

  test('a pooled connection never keeps a portal', async () => {
    for (let round = 0; round < 300; round++) {
      await withPortal(db, round % 2 ? a : b, (tx) => tx.sql`select 1`)
      expect(await db.sql`select 1 from app.portal`).toHaveLength(0)
    }
  })

  test('a failed transaction leaves no portal behind', async () => {
    await expect(withPortal(db, a, (tx) => tx.sql`select 1/0`)).rejects.toThrow()
    expect(await db.sql`select 1 from app.portal`).toHaveLength(0)
  })

  test('what has no tenant is out of reach inside a portal transaction', async () => {
    await expect(withPortal(db, a, (tx) => tx.sql`select control.portal_of_member('x')`)).rejects.toThrow(
      /out of reach/,
    )
    await expect(db.sql`select 1 from control.delivery`).rejects.toThrow(/permission denied/)
  })

  test.each(['x', '', `${b} `, `${b.slice(0, -1)}'`, `${a}'; set local app.portal_id = '${b}`])(
    'a portal id that is none is refused before anything is asked: %s',
    async (id) => {
      const portalId = asId<PortalId>(id)
      let asked = false
      const work = async (tx: Tx) => {
        asked = true
        return tx.sql`select * from app.portal`
      }
      await expect(withPortal(db, portalId, work)).rejects.toThrow('not the id of a portal')
      await expect(readPortal(db, portalId, (sql) => [sql`select * from app.portal`])).rejects.toThrow(
        'not the id of a portal',
      )
      expect(asked).toBe(false)
    },
  )
})
