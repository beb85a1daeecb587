import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { InstallProgress, Session } from '#server/contract.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, api, appRequest, install, open, readPage } from '../support/pages.ts'

let harness: Harness
let before: { lines: number; calls: number }
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(() => {
  before = { lines: harness.lines.length, calls: harness.bitrix.calls.length }
})
afterAll(() => harness.close())

const said = (event: string) =>
  harness.lines.slice(before.lines).filter((line) => line.includes(`"event":"${event}"`))
const asked = () => harness.bitrix.calls.slice(before.calls)
const progressOf = async (code: string) => {
  const { body } = await api<Session>(harness, null, 'POST', '/api/session', { code })
  return (await api<InstallProgress>(harness, body.token, 'GET', '/api/install')).body
}

test('the installer page verifies the portal, registers everything and shows its progress', async () => {
  const portal = addPortal(harness)
  const page = await readPage(await harness.app.request(portal.installRequest(1)))
  expect(page).toMatchObject({ status: 200, boot: { page: 'install' } })
  const { body } = await api<Session>(harness, null, 'POST', '/api/session', { code: page.boot?.code })
  expect(body).toMatchObject({ user: { id: '1', name: 'Ada Root', isAdmin: true }, entity: null })
  const before = await api<InstallProgress>(harness, body.token, 'GET', '/api/install')
  expect(before.body).toMatchObject({ ready: false, error: null })
  expect(before.body.steps[0]).toEqual({ id: 'verified', state: 'done' })
  await harness.drain()
  const after = await api<InstallProgress>(harness, body.token, 'GET', '/api/install')
  expect(after.body.ready).toBe(true)
  expect(after.body.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done'])
  expect(portal.placements()).toHaveLength(4)
  expect(portal.eventHandlers().map(({ event }) => event)).toContain('ONAPPUNINSTALL')
  expect(page.html + JSON.stringify(body)).not.toContain(portal.applicationToken)
})

test('the install event alone makes a tenant too', async () => {
  const portal = addPortal(harness)
  portal.finishInstall(1)
  await harness.drain()
  expect(portal.placements()).toHaveLength(4)
  expect(await open(harness, portal, { userId: 1, placement: 'DEFAULT' })).toMatchObject({
    status: 200,
    boot: { page: 'app' },
  })
})

test('page and event may come in either order, twice and at once: one tenant, one exchange', async () => {
  const portal = addPortal(harness)
  const event = () => portal.eventRequest('ONAPPINSTALL', { userId: 1 })
  // The event's pair is the page's: only one of them can be exchanged.
  const page = portal.installRequest(1)
  const answers = await Promise.all(
    [page, event(), portal.installRequest(1), event()].map((one) => harness.app.request(one)),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(harness.bitrix.control.refreshes(portal.memberId)).toBe(1)
  await harness.drain()
  portal.finishInstall(1)
  await harness.drain()
  expect(harness.bitrix.control.refreshLog(portal.memberId).filter(({ granted }) => !granted)).toEqual([])
  expect((await harness.app.request(portal.installRequest(1))).status).toBe(200)
})

test('an install that died before it could note the exchange goes on when the page is opened again', async () => {
  const portal = addPortal(harness)
  expect((await readPage(await harness.app.request(portal.installRequest(1)))).status).toBe(200)
  const owner = postgres(harness.database.superUrl, { max: 1 })
  await owner`delete from control.exchanged_token`
  await owner.end()
  const again = await readPage(await harness.app.request(portal.installRequest(1)))
  expect(again).toMatchObject({ status: 200, boot: { page: 'install' } })
  // The exchange is refused now; the access token, asked at the stored address, is not.
  expect(harness.bitrix.control.refreshLog(portal.memberId).map(({ granted }) => granted)).toEqual([
    true,
    false,
  ])
  expect((await progressOf(again.boot?.code ?? '')).error).toBeNull()
})

test('a DOMAIN that disagrees is ignored and never contacted; only the verified portal may frame the page', async () => {
  const portal = addPortal(harness)
  const request = portal.installRequest(1, { query: { DOMAIN: 'evil.example', PROTOCOL: '0' } })
  const page = await readPage(await harness.app.request(request))
  expect(page.status).toBe(200)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain(`frame-ancestors ${portal.origin}`)
  expect(policy).not.toContain('evil.example')
  expect(new Set(asked().map(({ host }) => host))).toEqual(new Set(['oauth.bitrix.test', portal.host]))
})

const forgeries: [what: string, body: Record<string, string | null>, calls: number][] = [
  ['an OAuth server that is not ours', { SERVER_ENDPOINT: 'https://evil.example/rest/' }, 0],
  ['an OAuth server that looks like ours', { SERVER_ENDPOINT: 'https://oauth.bitrix.test@evil.example/' }, 0],
  ['an OAuth server inside the network', { SERVER_ENDPOINT: 'http://169.254.169.254/rest/' }, 0],
  ['no refresh token', { REFRESH_ID: null }, 0],
  ['a refresh token nobody issued', { REFRESH_ID: 'f'.repeat(70) }, 1],
  ['a member id that is not the exchanged one', { member_id: 'a'.repeat(32) }, 1],
]

test.each(forgeries)(
  'an install with %s is refused, logged once, and changes nothing',
  async (_, body, calls) => {
    const portal = addPortal(harness)
    const page = await readPage(await harness.app.request(portal.installRequest(1, { body })))
    expect(page).toMatchObject({ status: 403, boot: null })
    expect(page.html).not.toContain('<script')
    expect(said('install.refused')).toHaveLength(1)
    expect(asked()).toHaveLength(calls)
    await harness.drain()
    expect(portal.placements()).toEqual([])
    const later = await readPage(await harness.app.request(appRequest(portal)))
    expect(later).toMatchObject({ status: 403, boot: null })
  },
)

test('the tokens of another application of the portal install nothing', async () => {
  const portal = addPortal(harness)
  const sibling = portal.addSibling()
  const stolen = sibling.tokens(1)
  const body = { AUTH_ID: stolen.accessToken, REFRESH_ID: stolen.refreshToken }
  expect((await harness.app.request(portal.installRequest(1, { body }))).status).toBe(403)
  await harness.drain()
  expect(portal.placements()).toEqual([])
})

test('a user who administers nothing is told so, and nothing is installed', async () => {
  const portal = addPortal(harness)
  const page = await readPage(await harness.app.request(portal.installRequest(2)))
  expect(page).toMatchObject({ status: 403, boot: null })
  expect(page.html).toContain('An administrator is needed')
  await harness.drain()
  expect(portal.placements()).toEqual([])
})

test('an OAuth server that does not answer is said, and the page works when it is back', async () => {
  const portal = addPortal(harness)
  harness.bitrix.control.failNext({ route: 'oauth', as: '500' })
  const page = await readPage(await harness.app.request(portal.installRequest(1)))
  expect(page).toMatchObject({ status: 503, boot: null })
  expect((await readPage(await harness.app.request(portal.installRequest(1)))).status).toBe(200)
})

test('a portal that moved before its next install is known by its member id', async () => {
  const portal = addPortal(harness)
  await install(harness, portal)
  portal.uninstall()
  portal.renameTo('https://moved.bitrix24.test')
  const page = await readPage(await harness.app.request(portal.installRequest(1)))
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toContain('frame-ancestors https://moved.bitrix24.test')
})

test.each(['/bitrix/install', '/bitrix/app', '/placements/contact'])(
  'probes of %s are answered, and people are told where to open it',
  async (path) => {
    const head = await harness.request(path, { method: 'HEAD' })
    expect(head.status).toBe(200)
    const page = await readPage(await harness.request(`${path}?LANG=ru`))
    expect(page).toMatchObject({ status: 200, boot: null })
    expect(page.html).toContain('Откройте это в Битрикс24')
    expect(page.html).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  },
)

test('a form no portal would send is refused without a trace of why inside', async () => {
  const send = (body: string) => harness.request('/bitrix/install', { method: 'POST', body })
  expect((await send('')).status).toBe(403)
  expect((await send('a'.repeat(70_000))).status).toBe(413)
  expect((await send(`${'a[b]'.repeat(1)}&`.repeat(1200))).status).toBe(400)
  expect((await harness.request('/placements/nothing', { method: 'POST', body: '' })).status).toBe(404)
})
