import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { termsAcceptance } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { Settings, Setup } from '#server/contract.ts'
import { portalOfMember } from '#server/portal/portals.ts'
import { termsAccepted } from '#server/portal/terms.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, api, install, session } from '../support/pages.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'

let harness: Harness
let portal: Portal
let admin: string
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  portal = addPortal(harness)
  await install(harness, portal)
  admin = (await session(harness, portal, { userId: 1, placement: 'DEFAULT' })).token
})
afterAll(() => harness.close())

const setup = async () => (await api<Setup>(harness, admin, 'GET', '/api/setup')).body
const accept = (body: unknown) => api(harness, admin, 'POST', '/api/terms', body)
const inPortal = async () => {
  const portalId = await portalOfMember(harness.deps, portal.memberId)
  if (!portalId) throw new Error('not installed')
  return portalId
}

test('the terms are the first unfinished step, and no number is connected before', async () => {
  const { steps } = await setup()
  expect(steps.find(({ done }) => !done)?.id).toBe('terms')
  const input = { kind: 'cloud', wabaId: '1', phoneNumberId: '2', accessToken: 'x' }
  const refused = await api(harness, admin, 'POST', '/api/channels', input)
  expect(refused.status).toBe(409)
  expect(refused.body).toHaveProperty('error.code', 'terms_required')
})

test('accepting keeps version, retention, user and time', async () => {
  const { termsVersion: version } = await setup()
  const portalId = await inPortal()
  expect(await withPortal(harness.deps.db, portalId, (tx) => termsAccepted(tx, portalId))).toBe(false)
  expect((await accept({ version, retention: { messages: 180 } })).status).toBe(204)
  expect((await setup()).steps.find(({ id }) => id === 'terms')?.done).toBe(true)
  expect(await withPortal(harness.deps.db, portalId, (tx) => termsAccepted(tx, portalId))).toBe(true)
  const kept = await withPortal(harness.deps.db, portalId, (tx) => tx.orm.select().from(termsAcceptance))
  expect(kept).toMatchObject([{ version, userId: '1', retentionDays: 180 }])
  expect(Math.abs((kept[0]?.acceptedAt.getTime() ?? 0) - harness.deps.clock.now())).toBeLessThan(10_000)
  const { body } = await api<Settings>(harness, admin, 'GET', '/api/settings')
  expect(body.retention).toEqual({ messages: 180 })
})

test.each([
  [{ version: 'another', retention: { messages: 'active' } }],
  [{ retention: { messages: 'active' } }],
  [{ version: '2026-08', retention: { messages: 0 } }],
  [{ version: '2026-08', retention: { messages: 'for ever' } }],
  [null],
])('%j accepts nothing', async (body) => {
  const answer = await accept(body)
  expect(answer.status).toBe(422)
  expect((await setup()).steps.find(({ id }) => id === 'terms')?.done).toBe(false)
})

test('only an administrator sets up', async () => {
  const { token } = await session(harness, portal, { userId: 2, placement: 'DEFAULT' })
  for (const [method, path, body] of [
    ['GET', '/api/setup', undefined],
    ['GET', '/api/settings', undefined],
    ['PUT', '/api/settings', { newSenderRecord: 'contact' }],
    ['POST', '/api/terms', { version: '2026-08', retention: { messages: 'active' } }],
  ] as const) {
    const answer = await api(harness, token, method, path, body)
    expect(answer.status).toBe(403)
    expect(answer.body).toHaveProperty('error.code', 'forbidden')
  }
})

test('settings change what is given and leave the rest', async () => {
  const put = (body: unknown) => api(harness, admin, 'PUT', '/api/settings', body)
  const read = async () => (await api<Settings>(harness, admin, 'GET', '/api/settings')).body
  expect(await read()).toEqual({
    newSenderRecord: 'lead',
    leadsEnabled: true,
    retention: { messages: 'active' },
  })
  expect((await put({ newSenderRecord: 'contact' })).status).toBe(204)
  expect((await put({ retention: { messages: 30 } })).status).toBe(204)
  expect((await put({})).status).toBe(204)
  expect(await read()).toMatchObject({ newSenderRecord: 'contact', retention: { messages: 30 } })
  expect((await put({ newSenderRecord: 'deal' })).status).toBe(422)
})

test('a portal without leads cannot ask for leads', async () => {
  const simple = harness.bitrix.addPortal({ leads: false })
  simple.addUser({ id: 1, name: 'Ada', isAdmin: true })
  await install(harness, simple)
  const { token } = await session(harness, simple, { userId: 1, placement: 'DEFAULT' })
  const { body } = await api<Settings>(harness, token, 'GET', '/api/settings')
  expect(body.leadsEnabled).toBe(false)
  const answer = await api(harness, token, 'PUT', '/api/settings', { newSenderRecord: 'lead' })
  expect(answer.status).toBe(422)
})
