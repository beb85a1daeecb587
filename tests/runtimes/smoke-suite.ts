import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyring } from '#server/crypto/keyring.ts'
import { claimDeliveries } from '#server/delivery/deliveries.ts'
import { bodyPlace } from '#server/delivery/sealed-body.ts'
import { signBody } from '#tests/support/signed.ts'
import { TEST_ENV, testConfig } from '#tests/support/test-config.ts'
import { openTestPool, type TestPool } from '#tests/support/test-pool.ts'

/** A running server: `fetch` reaches it, `databaseUrl` is the application role's, `output` is what it logged. */
export type Running = {
  fetch(path: string, init?: RequestInit): Promise<Response>
  databaseUrl: string
  output(): string
  close(): Promise<void>
}

const encoder = new TextEncoder()
const { meta, encryptionKeys } = testConfig()
const [secret = '', nextSecret = ''] = meta.appSecrets
const TEXT = 'LEAK_PROBE_text Привет 👋'
// Spaces and escapes that no JSON writer would repeat: what is kept are the bytes that were signed.
const BODY = `{ "object":"whatsapp_business_account",  "entry": [{"id":"1","t":"${TEXT}\\u00e9"}] }`

/** What every runtime serves, in the same words. */
export function smokeSuite(name: string, start: () => Promise<Running>): void {
  describe(`${name} serves liveness and the webhook of Meta`, () => {
    let server: Running
    let db: TestPool
    const post = (body: BodyInit, signature?: string) =>
      server.fetch('/webhooks/meta', {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          ...(signature ? { 'x-hub-signature-256': signature } : {}),
        },
      })
    const waiting = () => claimDeliveries({ db }, 100, 0)
    const verify = (token: string) =>
      server.fetch(`/webhooks/meta?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`)

    beforeAll(async () => {
      server = await start()
      db = openTestPool(server.databaseUrl, { max: 1 })
    })
    afterAll(async () => {
      await db.close()
      await server.close()
    })

    test('liveness is answered, with the headers every answer carries', async () => {
      const answer = await server.fetch('/healthz')
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ ok: true })
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    })

    test('a path that is not there gets the one error shape', async () => {
      const answer = await server.fetch('/nothing/here')
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({
        error: { code: 'not_found', requestId: expect.any(String) },
      })
    })

    test('the right verify token gets its challenge back, a wrong one does not', async () => {
      const right = await verify(TEST_ENV.META_VERIFY_TOKEN)
      expect([right.status, await right.text()]).toEqual([200, '1158201444'])
      const wrong = await verify('wrong')
      expect(wrong.status).toBe(403)
      expect(await wrong.text()).not.toContain('1158201444')
    })

    test('what nobody signed, or another key did, is 401 and nothing is stored', async () => {
      expect((await post(BODY)).status).toBe(401)
      expect((await post(BODY, signBody('LEAK_PROBE_other_secret', BODY))).status).toBe(401)
      expect((await post(`${BODY} `, signBody(secret, BODY))).status).toBe(401)
      expect(await waiting()).toEqual([])
    })

    test('malformed JSON with a good signature is 400 and nothing is stored', async () => {
      for (const body of ['{"object":', '[]', ''])
        expect((await post(body, signBody(secret, body))).status).toBe(400)
      expect(await waiting()).toEqual([])
    })

    test('a body over 4 MB is 413, with a declared length and without', async () => {
      const large = encoder.encode(`{"entry":"${'x'.repeat(4_000_001)}"}`)
      expect((await post(large, signBody(secret, large))).status).toBe(413)
      const streamed = await server.fetch('/webhooks/meta', {
        ...{ method: 'POST', body: new Blob([large]).stream(), duplex: 'half' },
        headers: { 'x-hub-signature-256': signBody(secret, large) },
      })
      expect(streamed.status).toBe(413)
      expect(await waiting()).toEqual([])
    })

    test('what Meta signed is on disk before the answer: sealed, to be opened byte for byte, waiting for ingest', async () => {
      const largest = `{"entry":"${'x'.repeat(3_000_000)}"}`
      expect((await post(BODY, signBody(secret, BODY))).status).toBe(200)
      expect((await post(largest, signBody(nextSecret, largest))).status).toBe(200)
      const rows = await waiting()
      expect(rows).toHaveLength(2)
      const keyring = createKeyring(encryptionKeys)
      const opened = rows.map(({ id, body }) => keyring.open('intake', bodyPlace('delivery', id), body))
      const texts = (await Promise.all(opened)).map((bytes) => new TextDecoder().decode(bytes))
      expect(texts.sort((a, b) => a.length - b.length)).toEqual([BODY, largest])
      expect(rows.some(({ body }) => Buffer.from(body).includes(TEXT))).toBe(false)
    })

    test('requests that come together are each stored once', async () => {
      const before = (await waiting()).length
      const bodies = Array.from({ length: 20 }, (_, index) => `{"entry":[],"n":${index}}`)
      const answers = await Promise.all(bodies.map((body) => post(body, signBody(secret, body))))
      expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200))
      expect(await waiting()).toHaveLength(before + bodies.length)
    })

    test('each request is one structured line without secrets or message text', async () => {
      await expect
        .poll(() => server.output())
        .toMatch(/"route":"\/webhooks\/meta","method":"POST","status":401/)
      expect(server.output()).not.toContain('LEAK_PROBE')
    })
  })
}
