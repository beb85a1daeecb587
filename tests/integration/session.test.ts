import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SignJWT } from 'jose'
import { withPortal } from '#db/tenancy.ts'
import type { Session } from '#server/contract.ts'
import { createKeyring } from '#server/crypto/keyring.ts'
import { portalOfMember } from '#server/portal/portals.ts'
import { readSessionToken, signSessionToken } from '#server/portal/session-token.ts'
import { endSessions } from '#server/portal/sessions.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, api, install, open, session } from '../support/pages.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'

let harness: Harness
let portal: Portal
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  portal = addPortal(harness)
  await install(harness, portal)
})
afterAll(() => harness.close())

const APP = { userId: 2, placement: 'DEFAULT' }
const ADMIN = { userId: 1, placement: 'DEFAULT' }
const me = (token: string) => api(harness, token, 'GET', '/api/me')
const take = (code: unknown) => api<Session>(harness, null, 'POST', '/api/session', { code })
const renew = (token: string) => api<Session>(harness, token, 'POST', '/api/session/renew')

test('a code works once, within a minute', async () => {
  const code = (await open(harness, portal, APP)).boot?.code
  expect((await take(code)).status).toBe(200)
  expect((await take(code)).status).toBe(401)
  const late = (await open(harness, portal, APP)).boot?.code
  harness.advance(61_000)
  expect((await take(late)).status).toBe(401)
})

test('two who show one code at once get one session', async () => {
  const code = (await open(harness, portal, APP)).boot?.code
  const answers = await Promise.all([take(code), take(code), take(code)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401])
})

test.each(['', 'x', `${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}.x.y`, "'; drop table--", 7, null])(
  'the code %j is refused as input, never with a 500',
  async (code) => {
    const { status, body } = await take(code)
    expect([401, 422]).toContain(status)
    expect(body).toHaveProperty('error.requestId')
  },
)

test('a code made for another session or portal opens nothing', async () => {
  const first = (await open(harness, portal, APP)).boot?.code.split('.') ?? []
  const second = (await open(harness, portal, APP)).boot?.code.split('.') ?? []
  expect((await take([first[0], second[1], first[2]].join('.'))).status).toBe(401)
  expect((await take(first.join('.'))).status).toBe(200)
})

test('a token lasts ten minutes; a session is renewed after sleep and ends after twelve hours', async () => {
  const { token, expiresAt } = await session(harness, portal, APP)
  expect(Math.abs(Date.parse(expiresAt) - harness.deps.clock.now() - 600_000)).toBeLessThan(5000)
  expect((await me(token)).status).toBe(200)
  harness.advance(601_000)
  expect((await me(token)).status).toBe(401)
  const renewed = await renew(token)
  expect(renewed.status).toBe(200)
  expect((await me(renewed.body.token)).body).toMatchObject({ user: { id: '2', name: 'Ben Field' } })
  harness.advance(12 * 3_600_000)
  expect((await renew(renewed.body.token)).status).toBe(401)
})

test('a token of another algorithm, issuer, audience, type or key is no token', async () => {
  const { token } = await session(harness, portal, APP)
  const key = await readSessionToken(harness.deps, token)
  if (!key) throw new Error('no key')
  const { id, raw } = await harness.deps.keyring.first('session')
  const forge = (change: { typ?: string; iss?: string; aud?: string; kid?: string; key?: Uint8Array }) =>
    new SignJWT({ pid: key.portalId, sid: key.sessionId })
      .setProtectedHeader({ alg: 'HS256', kid: change.kid ?? id, typ: change.typ ?? 'widget+jwt' })
      .setIssuer(change.iss ?? 'wasync')
      .setAudience(change.aud ?? 'widget')
      .setSubject('2')
      .setIssuedAt(new Date(harness.deps.clock.now()))
      .setExpirationTime(new Date(harness.deps.clock.now() + 600_000))
      .sign(change.key ?? raw)
  expect((await me(await forge({}))).status).toBe(200)
  const forged = await Promise.all([
    forge({ typ: 'JWT' }),
    forge({ iss: 'somebody' }),
    forge({ aud: 'export' }),
    forge({ kid: 'nobody' }),
    forge({ key: new Uint8Array(32) }),
  ])
  const unsigned = `${btoa('{"alg":"none","typ":"widget+jwt"}')}.${token.split('.')[1]}.`
  for (const bad of [...forged, unsigned, token.slice(0, -2), 'x.y.z', '']) {
    expect((await me(bad)).status).toBe(401)
  }
})

test('during a key rotation tokens of both keys are good', async () => {
  const { token } = await session(harness, portal, APP)
  const next = { id: 'next', key: new Uint8Array(32).fill(9) }
  const keyring = createKeyring([next, ...harness.deps.config.encryptionKeys])
  const rotated = { ...harness.deps, keyring }
  const key = await readSessionToken(rotated, token)
  expect(key).not.toBeNull()
  if (!key) return
  const fresh = await signSessionToken(rotated, key, new Date(harness.deps.clock.now() + 60_000))
  expect(await readSessionToken(rotated, fresh)).toEqual(key)
  expect(await readSessionToken(harness.deps, fresh)).toBeNull()
})

test('what a user chose is kept', async () => {
  const { token } = await session(harness, portal, APP)
  const put = (body: unknown) => api(harness, token, 'PUT', '/api/me', body)
  expect((await put({ language: 'ru', theme: 'dark' })).status).toBe(204)
  expect((await me(token)).body).toMatchObject({ language: 'ru', theme: 'dark' })
  expect((await put({ language: 'xx', theme: 'dark' })).status).toBe(422)
  expect((await put({ language: null, theme: 'auto' })).status).toBe(204)
})

test('sessions that are ended stop at once for their tokens and within seconds everywhere', async () => {
  const { token } = await session(harness, portal, APP)
  expect((await me(token)).status).toBe(200)
  const portalId = await portalOfMember(harness.deps, portal.memberId)
  if (!portalId) throw new Error('not installed')
  await withPortal(harness.deps.db, portalId, (tx) => endSessions(tx, portalId, '2'))
  expect((await renew(token)).status).toBe(401)
  harness.advance(10_000)
  expect((await me(token)).status).toBe(401)
})

test('a change of role ends the sessions of the old role', async () => {
  const { token } = await session(harness, portal, ADMIN)
  expect((await api(harness, token, 'GET', '/api/setup')).status).toBe(200)
  portal.changeUser(1, { isAdmin: false })
  harness.advance(61_000)
  expect((await api(harness, token, 'GET', '/api/setup')).status).toBe(403)
  harness.advance(10_000)
  expect((await me(token)).status).toBe(401)
  const again = await session(harness, portal, ADMIN)
  expect(again.user.isAdmin).toBe(false)
  expect((await api(harness, again.token, 'GET', '/api/setup')).status).toBe(403)
})

test('a dismissed administrator administers nothing and is logged out', async () => {
  const { token } = await session(harness, portal, ADMIN)
  portal.dismissUser(1)
  harness.advance(61_000)
  expect((await api(harness, token, 'GET', '/api/setup')).status).toBe(401)
  harness.advance(10_000)
  expect((await me(token)).status).toBe(401)
})

test('a dismissed colleague is logged out by the first question to the portal', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  const tab = { userId: 2, placement: 'CRM_CONTACT_DETAIL_TAB', options: { ID: String(id) } }
  const { token } = await session(harness, portal, tab)
  portal.dismissUser(2)
  const list = await api(harness, token, 'GET', `/api/conversations?entityType=contact&entityId=${id}`)
  expect(list.status).toBe(503)
  harness.advance(10_000)
  expect((await me(token)).status).toBe(401)
  expect((await renew(token)).status).toBe(401)
})

test('a portal that does not say who administers it opens nothing to an administrator', async () => {
  const { token } = await session(harness, portal, ADMIN)
  harness.advance(61_000)
  harness.bitrix.control.failNext({ method: 'user.admin', as: '500', times: 5 })
  const { status, body } = await api(harness, token, 'GET', '/api/setup')
  expect(status).toBe(503)
  expect(body).toHaveProperty('error.code', 'rights_unavailable')
  harness.bitrix.control.reset()
})

test('a user has 600 requests a minute, and is told when to come again', async () => {
  const { token } = await session(harness, portal, APP)
  const other = await session(harness, portal, ADMIN)
  let last = await me(token)
  for (let count = 1; count < 600; count++) last = await me(token)
  expect(last.status).toBe(200)
  const refused = await me(token)
  expect(refused.status).toBe(429)
  expect(refused.body).toHaveProperty('error.code', 'rate_limited')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await me(other.token)).status).toBe(200)
  harness.advance(60_000)
  expect((await me(token)).status).toBe(200)
})

test('an API call without a session is 401 before anything else is looked at', async () => {
  for (const [method, path] of [
    ['GET', '/api/me'],
    ['PUT', '/api/settings'],
    ['POST', '/api/terms'],
    ['GET', '/api/install'],
    ['GET', '/api/thread'],
  ] as const) {
    expect((await api(harness, null, method, path, method === 'GET' ? undefined : { x: 1 })).status).toBe(401)
  }
  expect((await api(harness, null, 'GET', '/api/openapi.json')).status).toBe(200)
})
