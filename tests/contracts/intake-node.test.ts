import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { createIntake } from '#server/adapters/node/intake.ts'
import { createBodySealer } from '#server/adapters/node/seal-body.ts'
import { createNodeSignatureCheck } from '#server/adapters/node/signature.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { bodyPlace } from '#server/delivery/sealed-body.ts'
import { newId } from '#server/ids.ts'
import { createSignatureCheck } from '#server/whatsapp/signature.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { signBody } from '#tests/support/signed.ts'
import { intakeBattery } from './intake.ts'
import { openTestPool, type TestPool } from '#tests/support/test-pool.ts'

describe('the intake of Node, one commit for concurrent posts', () => {
  intakeBattery(createIntake)
})

describe('what only a shared commit can get wrong', () => {
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
  const body = new TextEncoder().encode('{}')

  test('a row the database refuses fails alone', async () => {
    const owner = connect(database.ownerUrl, { max: 1 })
    await owner.sql`alter table control.delivery add constraint small check (length(body) < 1000)`
    const intake = createIntake({ db, keyring })
    const sizes = [10, 2_000, 20, 3_000, 30]
    const ends = await Promise.allSettled(sizes.map((size) => intake.append(new Uint8Array(size))))
    expect(ends.map(({ status }) => status)).toEqual(
      sizes.map((size) => (size < 900 ? 'fulfilled' : 'rejected')),
    )
    await owner.sql`alter table control.delivery drop constraint small`
    await owner.sql.end({ timeout: 5 })
  })

  test('a commit that hangs does not hold up what comes after it', async () => {
    const owner = connect(database.ownerUrl, { max: 1 })
    await owner.sql.unsafe(`
      create function control.hang() returns trigger language plpgsql as
        $$ begin if length(new.body) > 1000 then perform pg_sleep(4); end if; return new; end $$;
      create trigger hang before insert on control.delivery for each row execute function control.hang()`)
    const intake = createIntake({ db, keyring })
    const started = performance.now()
    const slow = intake.append(new Uint8Array(2_000))
    await sleep(50)
    await Promise.all([intake.append(body), intake.append(body)])
    expect(performance.now() - started).toBeLessThan(3_000)
    await slow
    await owner.sql`drop function control.hang() cascade`
    await owner.sql.end({ timeout: 5 })
  })

  test('2,000 wait at most; the next one is refused at once, and close waits for all of them', async () => {
    const blocker = connect(database.superUrl, { max: 1 })
    const intake = createIntake({ db, keyring })
    let waiting: Promise<unknown>[] = []
    await blocker.sql.begin(async (tx) => {
      await tx`lock table control.delivery in access exclusive mode`
      waiting = Array.from({ length: 2_000 }, () => intake.append(body))
      const started = performance.now()
      await expect(intake.append(body)).rejects.toMatchObject({ code: 'unavailable' })
      expect(performance.now() - started).toBeLessThan(100)
    })
    await intake.close()
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'fulfilled')).toBe(true)
    await blocker.sql.end({ timeout: 5 })
  })
})

test('what the fast cipher seals the keyring opens, and the place counts', async () => {
  const keyring = createKeyring([{ id: 'some-key', key: new Uint8Array(32).fill(9) }])
  const { id, raw } = await keyring.first('intake')
  const seal = createBodySealer(id, raw)
  for (const size of [0, 1, 15, 16, 17, 100_000]) {
    const deliveryId = newId()
    const plain = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)))
    const cell = seal(deliveryId, plain)
    const opened = await keyring.open('intake', bodyPlace('delivery', deliveryId), cell)
    expect(Buffer.from(opened).equals(plain)).toBe(true)
    await expect(keyring.open('intake', bodyPlace('delivery', newId()), cell)).rejects.toMatchObject({
      code: 'seal_broken',
    })
  }
})

describe.each([
  ['WebCrypto', createSignatureCheck],
  ['Node', createNodeSignatureCheck],
])('the signature check of %s', (_, create) => {
  const body = new TextEncoder().encode('{"é":"😀"}')
  const check = create(['first', 'second'])

  test.each(['first', 'second'])('takes a signature by the %s secret', async (secret) => {
    expect(await check(body, signBody(secret, body))).toBe(true)
  })

  test.each([
    undefined,
    '',
    signBody('third', body),
    signBody('first', body).toUpperCase(),
    signBody('first', body).slice(0, -1),
    `${signBody('first', body)}0`,
    `${signBody('first', body)}\n`,
    signBody('first', body).replace('sha256', 'sha1'),
    signBody('first', '{}'),
  ])('refuses %j', async (header) => {
    expect(await check(body, header)).toBe(false)
  })
})
