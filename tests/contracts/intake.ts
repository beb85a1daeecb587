import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { openPool, type Db } from '#db/pool.ts'
import { createKeyring, type Keyring } from '#server/crypto/keyring.ts'
import { bodyPlace } from '#server/delivery/sealed-body.ts'
import { AppError } from '#server/errors.ts'
import type { Intake } from '#server/ports/intake.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { openTestPool, type TestPool } from '#tests/support/test-pool.ts'

type Options = { db: Db; keyring: Keyring; deadlineMs?: number }

/** What every intake promises, whatever it shares between requests. */
export function intakeBattery(create: (options: Options) => Intake): void {
  let database: TestDatabase
  let db: TestPool
  const keyring = createKeyring([{ id: 'k1', key: new Uint8Array(32).fill(7) }])
  beforeAll(async () => {
    database = await createTestDatabase()
    db = openTestPool(database.appUrl, { max: 4 })
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })
  const bytes = (text: string) => new TextEncoder().encode(text)
  const kept = async () => {
    const rows = await db.sql<{ id: string; body: Uint8Array }[]>`
      select id, body from control.replay_deliveries('-infinity', null, 10000)`
    return Promise.all(
      rows.map(async ({ id, body }) => {
        const plain = await keyring.open('intake', bodyPlace('delivery', id), body)
        return { id, text: new TextDecoder().decode(plain) }
      }),
    )
  }

  test('the very first body of a fresh pool is on disk when it is answered, sealed to its row, and waits', async () => {
    const id = await create({ db, keyring }).append(bytes('{"first":true}'))
    expect(await kept()).toEqual([{ id, text: '{"first":true}' }])
    const [state] = await db.sql<{ waiting: string }[]>`select waiting from control.intake_state()`
    expect(state?.waiting).toBe('1')
  })

  test('500 at once are all there, each once, under the id that was answered', async () => {
    const intake = create({ db, keyring })
    let told = 0
    intake.onStored((count) => {
      told += count
    })
    const texts = Array.from({ length: 500 }, (_, n) => `{"n":${n},"pad":"${'x'.repeat(n)}"}`)
    const ids = await Promise.all(texts.map((text) => intake.append(bytes(text))))
    const found = new Map((await kept()).map(({ id, text }) => [id as string, text]))
    expect(ids.map((id) => found.get(id))).toEqual(texts)
    expect(told).toBe(500)
  })

  test('a database that is away: unavailable, to be sent again', async () => {
    const away = openPool('postgres://nobody:x@127.0.0.1:1/none', { max: 1 })
    const refused = await create({ db: away, keyring })
      .append(bytes('{}'))
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'unavailable', retry: 'later' })
    await away.close()
  })

  test('a database that does not answer: unavailable when the time is up', async () => {
    const owner = connect(database.superUrl, { max: 1 })
    const intake = create({ db, keyring, deadlineMs: 400 })
    await owner.sql.begin(async (tx) => {
      await tx`lock table control.delivery in access exclusive mode`
      const started = performance.now()
      const refused = await intake.append(bytes('{"late":1}')).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'unavailable' })
      expect(performance.now() - started).toBeLessThan(1_500)
    })
    await owner.sql.end({ timeout: 5 })
  })
}
