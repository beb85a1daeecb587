import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { securedOf } from '#db/dial.ts'
import { openPool, type Pool } from '#db/pool.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { openTlsProxy, type TlsAnswer } from '#tests/support/tls-proxy.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const one of close.splice(0).reverse()) await one()
})

async function ask(answer: TlsAnswer, sslmode: string) {
  const proxy = await openTlsProxy(database.appUrl, answer)
  close.push(proxy.close)
  const db: Pool = openPool(proxy.url(sslmode), { max: 1 })
  close.push(db.close)
  const rows = await db.lease((sql) => sql`select 1 as one`)
  return { rows, encrypted: proxy.encrypted() }
}

describe('a database that offers TLS', () => {
  test.each(['require', 'prefer'])('is spoken to encrypted with sslmode=%s', async (sslmode) => {
    expect(await ask('S', sslmode)).toMatchObject({ rows: [{ one: 1 }], encrypted: 1 })
  })

  test.each(['verify-full', 'verify-ca'])(
    'must show a certificate that is trusted with %s',
    async (sslmode) => {
      await expect(ask('S', sslmode)).rejects.toThrow(/self-signed certificate/)
    },
  )

  test('is spoken to in the clear where nobody asks', async () => {
    expect(await ask('S', 'disable')).toMatchObject({ rows: [{ one: 1 }], encrypted: 0 })
  })

  test('is not believed what came along with its answer', async () => {
    await expect(ask('Sx', 'require')).rejects.toThrow('does not offer TLS')
  })
})

describe('a database without TLS', () => {
  test('is refused where it is required', async () => {
    await expect(ask('N', 'require')).rejects.toThrow('does not offer TLS')
  })

  test('is spoken to in the clear where TLS is only preferred', async () => {
    expect(await ask('N', 'prefer')).toMatchObject({ rows: [{ one: 1 }], encrypted: 0 })
  })
})

test.each([
  ['', null],
  ['?sslmode=disable', null],
  ['?sslmode=prefer', { required: false, verified: false }],
  ['?sslmode=require', { required: true, verified: false }],
  ['?sslmode=verify-full', { required: true, verified: true }],
  ['?sslrootcert=system', { required: true, verified: true }],
])('postgres://u:p@db.example/x%s is secured as libpq reads it', (query, secured) => {
  expect(securedOf(`postgres://u:p@db.example/x${query}`)).toEqual(secured)
})
