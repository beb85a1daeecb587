import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import * as schema from '#db/schema/index.ts'
import { CONTROL_TABLES, TENANT_TABLES } from '#server/privacy/erasure-plan.ts'

const tables = Object.values<unknown>(schema).filter((value) => is(value, PgTable))
const namesIn = (name: string) =>
  tables.map((table) => getTableConfig(table)).filter((config) => config.schema === name)

test('every tenant table is in the erasure plan once; the portal itself goes last', () => {
  const wanted = namesIn('app').map(({ name }) => name)
  const planned = [...TENANT_TABLES.map((table) => getTableConfig(table).name), 'portal']
  expect(planned.toSorted()).toEqual(wanted.toSorted())
})

test('children are emptied before what they point at', () => {
  const order = [...TENANT_TABLES.map((table) => getTableConfig(table).name), 'portal']
  for (const { name, foreignKeys } of namesIn('app')) {
    for (const key of foreignKeys) {
      const parent = getTableConfig(key.reference().foreignTable).name
      expect(order.indexOf(name), `${name} before ${parent}`).toBeLessThan(order.indexOf(parent))
    }
  }
})

test('what becomes of every control table is said', () => {
  expect(Object.keys(CONTROL_TABLES).toSorted()).toEqual(
    namesIn('control')
      .map(({ name }) => name)
      .toSorted(),
  )
})
