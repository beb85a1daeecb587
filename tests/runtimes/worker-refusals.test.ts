import { afterEach, describe, expect, test, vi } from 'vitest'
import { openPool } from '#db/pool.ts'
import { openIsolate, type Bindings } from '#server/adapters/cloudflare/open-isolate.ts'
import { checkKeys } from '#server/crypto/check-keys.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { claimDeliveries } from '#server/delivery/deliveries.ts'
import { createTestDatabase } from '#tests/support/database.ts'
import { signBody } from '#tests/support/signed.ts'
import { TEST_ENV, testConfig } from '#tests/support/test-config.ts'

const BODY = '{"object":"whatsapp_business_account","entry":[]}'
const NOWHERE = { ...TEST_ENV, HYPERDRIVE: { connectionString: 'postgres://nobody:none@127.0.0.1:1/none' } }

const ask = async (bindings: Bindings, path: string, init?: RequestInit) => {
  // A fresh isolate: it reads its bindings once.
  vi.resetModules()
  const { default: worker } = await import('#server/worker.ts')
  const late: Promise<unknown>[] = []
  const request = new Request(`https://app.wasync.test${path}`, init)
  const answer = await worker.fetch(request, bindings, { waitUntil: (work) => void late.push(work) })
  await Promise.all(late)
  return answer
}
const deliver = (bindings: Bindings) =>
  ask(bindings, '/webhooks/meta', {
    ...{ method: 'POST', body: BODY },
    headers: { 'x-hub-signature-256': signBody(testConfig().meta.appSecrets[0] ?? '', BODY) },
  })
const spies = () => [
  vi.spyOn(console, 'error').mockReturnValue(),
  vi.spyOn(process.stdout, 'write').mockReturnValue(true),
]

describe('a Worker that cannot do its work says so', () => {
  afterEach(() => void vi.restoreAllMocks())

  test('wrong or missing bindings are named, never quoted, and nothing is answered as if all were well', async () => {
    const bad = { ...TEST_ENV, META_VERIFY_TOKEN: '', PUBLIC_URL: 'LEAK_PROBE_no_url' }
    const opened = openIsolate(bad)
    const problems = opened.ok ? [] : opened.problems
    expect(problems.map((line) => line.split(' ')[0])).toEqual([
      'PUBLIC_URL',
      'META_VERIFY_TOKEN',
      'HYPERDRIVE',
    ])
    const [errors] = spies()
    const answer = await ask(bad, '/healthz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } })
    expect(errors?.mock.calls.flat()).toEqual(problems)
    expect(problems.join()).not.toContain('LEAK_PROBE')
  })

  test('with the database away, liveness holds and a delivery is 503, for Meta to send again', async () => {
    spies()
    expect((await ask(NOWHERE, '/healthz')).status).toBe(200)
    const answer = await deliver(NOWHERE)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } })
  })

  test('without a key that is still in use a delivery is 503 and nothing is stored', async () => {
    spies()
    const database = await createTestDatabase()
    const db = openPool(database.appUrl, { max: 1 })
    const old = { id: 'old', key: new Uint8Array(32) }
    await checkKeys(db, createKeyring([old]))
    const answer = await deliver({ ...TEST_ENV, HYPERDRIVE: { connectionString: database.appUrl } })
    expect(answer.status).toBe(503)
    expect(await claimDeliveries({ db }, 10, 0)).toEqual([])
    await db.close()
    await database.drop()
  })
})
