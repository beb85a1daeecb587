import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { audit } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { newId, type PortalId } from '#server/ids.ts'
import { portalOfMember, readPortal } from '#server/portal/portals.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import { addPortal, api, appRequest, install, open, readPage, session } from '../support/pages.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'

let harness: Harness
let portal: Portal
let portalId: PortalId
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  harness.bitrix.control.reset()
  portal = addPortal(harness)
  await install(harness, portal)
  const id = await portalOfMember(harness.deps, portal.memberId)
  if (!id) throw new Error('not installed')
  portalId = id
})
afterAll(() => harness.close())

const MINUTE = 60_000
const APP = { userId: 2, placement: 'DEFAULT' }
const events = '/bitrix/events'
const row = () => withPortal(harness.deps.db, portalId, (tx) => readPortal(tx, portalId))
const stateOf = async () => (await row())?.state
const post = async (...input: Parameters<Portal['eventRequest']>) =>
  (await harness.app.request(portal.eventRequest(...input))).status
const forgeUninstall = (clean = false) => post('ONAPPUNINSTALL', { data: { CLEAN: clean ? '1' : '0' } })
const refreshes = () => harness.bitrix.control.refreshes(portal.memberId)
const me = async (token: string) => (await api(harness, token, 'GET', '/api/me')).status
const notes = (action: string) =>
  withPortal(harness.deps.db, portalId, (tx) =>
    tx.orm
      .select()
      .from(audit)
      .where(and(eq(audit.portalId, portalId), eq(audit.action, action))),
  )

test('events of unknown portals and of unknown kinds are answered and have no effect', async () => {
  const before = await row()
  expect(await post('ONAPPUNINSTALL', { auth: { member_id: 'f'.repeat(32) } })).toBe(200)
  expect(await post('ONSOMETHINGELSE')).toBe(200)
  expect((await harness.request(events, { method: 'POST', body: 'no=event' })).status).toBe(200)
  expect((await harness.request(events, { method: 'POST', body: '' })).status).toBe(200)
  expect((await harness.request(events, { method: 'GET' })).status).toBe(404)
  await harness.drain()
  expect(await row()).toEqual(before)
})

test.each(['ONAPPUNINSTALL', 'ONAPPTEST', 'ONCRMCONTACTDELETE', 'ONAPPUPDATE'])(
  '%s with a wrong application token is refused, logged once and has no effect',
  async (event) => {
    const [before, asked, lines] = [await row(), refreshes(), harness.lines.length]
    for (const token of ['0'.repeat(32), '', portal.applicationToken.slice(1)]) {
      expect(await post(event, { auth: { application_token: token }, data: { CLEAN: '1' } })).toBe(403)
    }
    const said = harness.lines.slice(lines).filter((line) => line.includes('"event":"event.refused"'))
    expect(said).toHaveLength(3)
    expect(said.join()).not.toContain(portal.applicationToken.slice(1))
    await harness.drain()
    expect(await row()).toEqual(before)
    expect(refreshes()).toBe(asked)
  },
)

test('the test event is noted, however often it comes', async () => {
  expect(await post('ONAPPTEST', { data: { QUERY: { a: '1' } } })).toBe(200)
  expect(await post('ONAPPTEST')).toBe(200)
  expect((await row())?.eventEchoedAt).toBeInstanceOf(Date)
})

test('nothing of a stopped portal comes in, and after its return it does', async () => {
  const [number, channelId, since] = [newId(), newId(), new Date(0)]
  const { sql } = harness.deps.db
  await sql`select control.take_number(${number}, ${portalId}, ${channelId}, ${since})`
  const isStopped = async () =>
    (await sql`select stopped from control.route_numbers(${[number]})`)[0]?.stopped
  expect(await isStopped()).toBe(false)
  portal.uninstall()
  await harness.drain()
  expect(await isStopped()).toBe(true)
  await install(harness, portal)
  expect(await isStopped()).toBe(false)
})

test('a true uninstall ends sessions and intake; the data stays, and an install brings it back', async () => {
  const { token } = await session(harness, portal, APP)
  expect(await me(token)).toBe(200)
  portal.uninstall({ clean: false })
  await harness.drain()
  expect(await stateOf()).toBe('uninstalled')
  harness.advance(10_000)
  expect(await me(token)).toBe(401)
  expect(await readPage(await harness.app.request(appRequest(portal, 2)))).toMatchObject({ boot: null })
  await install(harness, portal)
  expect(await portalOfMember(harness.deps, portal.memberId)).toBe(portalId)
  expect(await stateOf()).toBe('active')
  expect((await open(harness, portal, APP)).status).toBe(200)
  expect(portal.placements()).toHaveLength(4)
})

test('a forged uninstall is noted and changes nothing, and asks the OAuth server once in ten minutes', async () => {
  const { token } = await session(harness, portal, APP)
  const before = refreshes()
  for (let times = 0; times < 5; times++) expect(await forgeUninstall(times % 2 === 0)).toBe(200)
  await harness.drain()
  expect(await stateOf()).toBe('active')
  expect(refreshes() - before).toBe(1)
  expect(await notes('uninstall.forged')).toHaveLength(1)
  harness.advance(9 * MINUTE)
  expect(await forgeUninstall()).toBe(200)
  await harness.drain()
  expect(refreshes() - before).toBe(1)
  harness.advance(2 * MINUTE)
  await harness.drain({ delayed: true })
  expect(await stateOf()).toBe('active')
  expect((await api(harness, token, 'POST', '/api/session/renew')).status).toBe(200)
  // The probe's new token is the one that is used from now on.
  portal.expireTokens()
  expect((await harness.app.request(portal.openRequest({ ...APP, userId: 1 }))).status).toBe(200)
})

test('a true uninstall within ten minutes of a forged one is not lost', async () => {
  await forgeUninstall()
  await harness.drain()
  portal.uninstall()
  await harness.drain()
  expect(await stateOf()).toBe('active')
  harness.advance(11 * MINUTE)
  await harness.drain({ delayed: true })
  expect(await stateOf()).toBe('uninstalled')
})

test('an OAuth server that is away is asked again later', async () => {
  portal.uninstall()
  harness.bitrix.control.failNext({ route: 'oauth', as: '500' })
  await harness.drain()
  expect(await stateOf()).toBe('active')
  harness.advance(11 * MINUTE)
  await harness.drain({ delayed: true })
  expect(await stateOf()).toBe('uninstalled')
})

test('invalid_client confirms while the refresh of another tenant works, and not when it is us', async () => {
  portal.uninstall({ refreshAnswer: 'invalid_client' })
  harness.bitrix.control.failNext({ route: 'oauth', as: 'invalid_client', times: 10 })
  await harness.drain()
  expect(await stateOf()).toBe('active')
  harness.bitrix.control.reset()
  const other = addPortal(harness)
  await install(harness, other)
  harness.advance(11 * MINUTE)
  await harness.drain({ delayed: true })
  expect(await stateOf()).toBe('uninstalled')
})

test('invalid_grant stops sessions and keeps the data whatever the event said, until an administrator opens the app', async () => {
  const { token } = await session(harness, portal, APP)
  harness.bitrix.control.failNext({ route: 'oauth', as: 'invalid_grant' })
  await forgeUninstall(true)
  await harness.drain()
  expect(await stateOf()).toBe('suspended')
  harness.advance(10_000)
  expect(await me(token)).toBe(401)
  const colleague = await open(harness, portal, APP)
  expect(colleague).toMatchObject({ status: 403, boot: null })
  expect(colleague.html).toContain('Ask an administrator')
  expect((await open(harness, portal, { ...APP, userId: 1 })).boot?.page).toBe('app')
  expect(await stateOf()).toBe('active')
  expect((await open(harness, portal, APP)).status).toBe(200)
})

test('a portal that is gone is confirmed', async () => {
  portal.deletePortal()
  await forgeUninstall()
  await harness.drain()
  expect(await stateOf()).toBe('uninstalled')
})

test('an uninstall that comes twice or late changes nothing more', async () => {
  const late = portal.eventRequest('ONAPPUNINSTALL', { data: { CLEAN: '1' } })
  portal.uninstall({ clean: false })
  await harness.drain()
  expect((await harness.app.request(late)).status).toBe(200)
  await harness.drain()
  expect(await stateOf()).toBe('uninstalled')
})

test('an update that proves itself brings the new application token and everything registered again', async () => {
  portal.updateApp({ newToken: true })
  expect(portal.eventHandlers()).toEqual([])
  await harness.drain()
  expect(portal.eventHandlers().length).toBeGreaterThan(0)
  expect(await post('ONAPPTEST')).toBe(200)
})

test('an update by somebody who administers nothing, or with a foreign token, is not believed', async () => {
  const stolen = portal.addSibling().tokens(1).accessToken
  const token = { application_token: 'a'.repeat(32) }
  expect(await post('ONAPPUPDATE', { userId: 2, auth: token })).toBe(403)
  expect(await post('ONAPPUPDATE', { userId: 1, auth: { ...token, access_token: stolen } })).toBe(403)
  expect(await post('ONAPPUPDATE', { userId: 1, auth: { ...token, access_token: '' } })).toBe(403)
  expect(await post('ONAPPTEST')).toBe(200)
})

test('an install event with tokens nobody issued is refused, whatever else it knows', async () => {
  const auth = { access_token: 'a'.repeat(70), refresh_token: 'b'.repeat(70) }
  expect(await post('ONAPPINSTALL', { auth })).toBe(403)
  expect(
    await post('ONAPPINSTALL', { auth: { ...auth, server_endpoint: 'https://evil.example/rest/' } }),
  ).toBe(403)
  expect(await stateOf()).toBe('active')
})

test('events are answered within a second', async () => {
  portal.deleteRecord('contact', portal.addContact({ name: 'Maria' }).id)
  portal.updateApp()
  await harness.drain()
  expect(portal.deliveries().filter(({ status, slow }) => status !== 200 || slow)).toEqual([])
})
