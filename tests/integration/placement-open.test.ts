import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EntityType } from '#server/contract.ts'
import { withPortal } from '#db/tenancy.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { callPortal } from '#server/bitrix/call-portal.ts'
import { serviceCaller } from '#server/bitrix/caller.ts'
import { portalOfMember } from '#server/portal/portals.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, api, install, open, readPage, session } from '../support/pages.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'

let harness: Harness
let portal: Portal
let before: { lines: number; calls: number }
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  portal = addPortal(harness)
  await install(harness, portal)
  before = { lines: harness.lines.length, calls: harness.bitrix.calls.length }
})
afterAll(() => harness.close())

const CONTACT_TAB = 'CRM_CONTACT_DETAIL_TAB'
const refusals = () =>
  harness.lines.slice(before.lines).filter((line) => line.includes('"event":"page.refused"'))
const asked = () => harness.bitrix.calls.slice(before.calls)
const serviceOf = async ({ memberId }: Portal) => {
  const portalId = await portalOfMember(harness.deps, memberId)
  if (!portalId) throw new Error('not installed')
  return { portalId }
}
const tab = (id: number, userId = 2) => ({ userId, placement: CONTACT_TAB, options: { ID: String(id) } })

const cards: [EntityType, string][] = [
  ['contact', CONTACT_TAB],
  ['lead', 'CRM_LEAD_DETAIL_TAB'],
  ['deal', 'CRM_DEAL_DETAIL_TAB'],
  ['company', 'CRM_COMPANY_DETAIL_TAB'],
]

test.each(cards)(
  'the %s tab opens for a user who may read the record, with one batch',
  async (type, placement) => {
    const add = { contact: 'addContact', lead: 'addLead', deal: 'addDeal', company: 'addCompany' } as const
    const { id } = portal[add[type]]({ name: 'Maria', title: 'Maria' })
    const page = await open(harness, portal, {
      userId: 2,
      placement,
      options: { ID: String(id) },
      lang: 'ro',
    })
    expect(page).toMatchObject({ status: 200, boot: { page: `${type}-tab` } })
    expect(asked().filter(({ batch }) => batch === null)).toHaveLength(1)
    const { body } = await api(harness, null, 'POST', '/api/session', { code: page.boot?.code })
    expect(body).toMatchObject({
      user: { id: '2', name: 'Ben Field', isAdmin: false },
      entity: { type, id: String(id) },
    })
    const me = await api(harness, (body as { token: string }).token, 'GET', '/api/me')
    expect(me.body).toMatchObject({ portalLanguage: 'ro', language: null, theme: 'auto' })
  },
)

test('a portal that is asked too much at the moment is asked again, and the page opens', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  harness.bitrix.control.failNext({ method: 'profile', as: 'QUERY_LIMIT_EXCEEDED' })
  expect(await open(harness, portal, tab(id))).toMatchObject({ status: 200, boot: { page: 'contact-tab' } })
  expect(asked().filter(({ method }) => method === 'profile')).toHaveLength(2)
})

test('what an opening asks the portal stands in the call log, without a value', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  const { portalId } = await serviceOf(portal)
  await flushCallLog(harness.deps)
  const last = () =>
    withPortal(
      harness.deps.db,
      portalId,
      (tx) => tx.sql`select method, params, code from app.portal_call order by id desc limit 4`,
    )
  const earlier = await last()
  await open(harness, portal, tab(id))
  await flushCallLog(harness.deps)
  const rows = await last()
  expect(rows).not.toEqual(earlier)
  expect(rows.map(({ method }) => method).sort()).toEqual([
    'app.info',
    'crm.item.get',
    'profile',
    'user.admin',
  ])
  expect(rows.find(({ method }) => method === 'crm.item.get')).toMatchObject({
    params: ['entityTypeId', 'id'],
    code: 'ok',
  })
})

test('the document runs only its own scripts, is framed only by its portal and holds no token of the portal', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  const page = await open(harness, portal, tab(id))
  const policy = page.headers.get('content-security-policy') ?? ''
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  expect(policy).toContain("default-src 'none'; script-src 'nonce-")
  expect(policy).toContain(`'strict-dynamic'`)
  expect(policy).toMatch(new RegExp(`frame-ancestors ${portal.origin}$`))
  expect(page.html).toContain(`<script type="module" src="/assets/`)
  const executable = page.html.match(/<script(?! type="application\/json")[^>]*>/g) ?? []
  expect(executable.every((script) => script.includes(`nonce="${nonce}"`))).toBe(true)
  expect(page.headers.get('x-frame-options')).toBeNull()
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.headers.get('set-cookie')).toBeNull()
  const again = await open(harness, portal, tab(id))
  expect(again.headers.get('content-security-policy')).not.toContain(nonce)
  const { accessToken, refreshToken } = portal.tokens(2)
  for (const secret of [accessToken, refreshToken, portal.applicationToken]) {
    expect(page.html).not.toContain(secret)
  }
})

test('an unknown, a forbidden and a missing record give an honest page without a name or a code', async () => {
  const { id } = portal.addContact({ name: 'Secretia' })
  const forbidden = await open(harness, portal, tab(id, 3))
  const unknown = await open(harness, portal, tab(999_999))
  const missing = await open(harness, portal, { userId: 2, placement: CONTACT_TAB, options: {} })
  for (const page of [forbidden, unknown, missing]) {
    expect(page).toMatchObject({ status: 403, boot: null })
    expect(page.html).toContain('No access to this record')
    expect(page.html).not.toMatch(/Secretia|<script/)
  }
  expect(refusals()).toHaveLength(3)
})

const forgeries: [what: string, body: () => Record<string, string | null>][] = [
  ['a member id nobody has', () => ({ member_id: 'b'.repeat(32) })],
  ['no member id', () => ({ member_id: null })],
  ['an access token nobody issued', () => ({ AUTH_ID: 'c'.repeat(70) })],
  ['no access token', () => ({ AUTH_ID: null })],
  ['no application token, though this portal showed one', () => ({ APPLICATION_TOKEN: null })],
  ['another application token', () => ({ APPLICATION_TOKEN: 'd'.repeat(32) })],
  ["another application's token", () => ({ AUTH_ID: portal.addSibling().tokens(2).accessToken })],
]

test.each(forgeries)('a page with %s is refused and logged once', async (_, body) => {
  const { id } = portal.addContact({ name: 'Maria' })
  const page = await open(harness, portal, { ...tab(id), overrides: { body: body() } })
  expect(page).toMatchObject({ status: 403, boot: null })
  expect(page.html).not.toContain('<script')
  expect(refusals()).toHaveLength(1)
})

test("another portal's member id with this portal's token opens nothing there", async () => {
  const other = addPortal(harness)
  await install(harness, other)
  const { id } = portal.addContact({ name: 'Maria' })
  const body = { member_id: other.memberId, APPLICATION_TOKEN: other.applicationToken }
  const page = await open(harness, portal, { ...tab(id), overrides: { body } })
  expect(page).toMatchObject({ status: 403, boot: null })
})

test('a DOMAIN or SERVER_ENDPOINT that lies is never contacted', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  const overrides = {
    query: { DOMAIN: 'evil.example' },
    body: { SERVER_ENDPOINT: 'https://evil.example/rest/' },
  }
  expect((await open(harness, portal, { ...tab(id), overrides })).status).toBe(200)
  expect(new Set(asked().map(({ host }) => host))).toEqual(new Set([portal.host]))
})

test('a portal that does not answer is said so, and no session is opened', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  harness.bitrix.control.failNext({ route: 'rest', as: '500' })
  const page = await open(harness, portal, tab(id))
  expect(page).toMatchObject({ status: 503, boot: null })
  expect(page.html).toContain('The portal does not answer')
})

test('the app page opens for everybody, and a conversation from a CRM activity is a page of its own', async () => {
  expect((await open(harness, portal, { userId: 2, placement: 'DEFAULT' })).boot?.page).toBe('app')
  const conversationId = '01890000-0000-7000-8000-000000000001'
  const input = { userId: 2, placement: 'DEFAULT', options: { conversationId } }
  expect((await open(harness, portal, input)).boot?.page).toBe('thread')
  const { token } = await session(harness, portal, input)
  expect((await api(harness, token, 'GET', '/api/thread')).body).toEqual({ conversationId })
  // The page is only a promise to look: the thread itself is asked for, under this user's rights.
  expect((await api(harness, token, 'GET', `/api/conversations/${conversationId}`)).status).toBe(404)
})

test('a renamed portal is found by the answer of the OAuth server, not by the redirect', async () => {
  const { id } = portal.addContact({ name: 'Maria' })
  portal.renameTo(`https://renamed-${portal.memberId}.bitrix24.test`)
  const page = await open(harness, portal, tab(id))
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors ${portal.origin}`)
})

test('a changed application token is taken from an administrator whose refresh token exchanges, from nobody else', async () => {
  const changed = 'e'.repeat(32)
  const { id } = portal.addContact({ name: 'Maria' })
  const show = (userId: number) =>
    open(harness, portal, { ...tab(id, userId), overrides: { body: { APPLICATION_TOKEN: changed } } })
  expect((await show(2)).status).toBe(403)
  // The install spent the pair that the administrator's pages still show.
  expect((await show(1)).status).toBe(403)
  harness.advance(3_700_000)
  expect((await show(2)).status).toBe(403)
  expect((await show(1)).status).toBe(200)
  expect((await show(2)).status).toBe(200)
  expect((await open(harness, portal, tab(id))).status).toBe(403)
})

test('pages that still show a spent refresh token do not replace the tokens that came of it', async () => {
  const admin = { userId: 1, placement: 'DEFAULT' }
  // The same pair as at install, whose refresh token the install exchanged.
  await session(harness, portal, admin)
  portal.expireTokens()
  const { portalId } = await serviceOf(portal)
  const caller = await serviceCaller(harness.deps, portalId)
  expect(await callPortal(harness.deps, caller, 'user.admin', {})).toBe(true)
  expect(harness.bitrix.control.refreshLog(portal.memberId).every(({ granted }) => granted)).toBe(true)
})

test('an English page is the answer to a language we do not speak', async () => {
  const page = await readPage(await harness.request('/bitrix/app?LANG=de'))
  expect(page.html).toContain('Open this inside Bitrix24')
})
