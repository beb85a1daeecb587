import { afterEach, beforeEach, expect, test } from 'vitest'
import { events, placements } from '#placements/index.ts'
import { portal } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import type { PortalId } from '#server/ids.ts'
import { registerExtensions } from '#server/portal/register-extensions.ts'
import { createPortalDeps, type PortalDeps } from '../support/portal-deps.ts'

let setup: PortalDeps
beforeEach(async () => {
  setup = await createPortalDeps()
})
afterEach(() => setup.close())

const URL_NOW = 'https://app.wasync.test'
const done = { placements: 'done', events: 'done', ready: 'done' }

const rowOf = async (portalId: PortalId) => {
  const [row] = await withPortal(setup.deps.db, portalId, (tx) => tx.orm.select().from(portal))
  return row
}
const waitingJobs = () => setup.boss.findJobs('portal.register')

test('registering twice leaves exactly our tabs and events', async () => {
  const { portalId, simulated } = await setup.install()
  await registerExtensions(setup.deps, portalId)
  const requests = setup.bitrix.control.requests().length
  await registerExtensions(setup.deps, portalId)
  const { install } = simulated
  expect(install.placements.map(({ placement, handler }) => [placement, handler]).toSorted()).toEqual([
    ['CRM_COMPANY_DETAIL_TAB', `${URL_NOW}/placements/company`],
    ['CRM_CONTACT_DETAIL_TAB', `${URL_NOW}/placements/contact`],
    ['CRM_DEAL_DETAIL_TAB', `${URL_NOW}/placements/deal`],
    ['CRM_LEAD_DETAIL_TAB', `${URL_NOW}/placements/lead`],
  ])
  expect(install.handlers.map(({ event }) => event).toSorted()).toEqual([...events].toSorted())
  expect(new Set(install.handlers.map(({ handler }) => handler))).toEqual(
    new Set([`${URL_NOW}/bitrix/events`]),
  )
  expect(requests).toBe(3)
  expect(setup.bitrix.control.requests()).toHaveLength(4)
  expect(await rowOf(portalId)).toMatchObject({ registration: done, leadsEnabled: true })
})

test('handlers of an older address leave', async () => {
  const { portalId, simulated } = await setup.install()
  const old = { ...setup.deps, config: { ...setup.deps.config, publicUrl: 'https://old.wasync.test' } }
  await registerExtensions(old, portalId)
  await registerExtensions(setup.deps, portalId)
  expect(simulated.install.placements).toHaveLength(placements.length)
  expect(simulated.install.handlers).toHaveLength(events.length)
  const handlers = [...simulated.install.placements, ...simulated.install.handlers].map((one) => one.handler)
  expect(handlers.every((handler) => handler.startsWith(URL_NOW))).toBe(true)
})

test('what is missing after an update of the app comes back', async () => {
  const { portalId, simulated } = await setup.install()
  await registerExtensions(setup.deps, portalId)
  simulated.updateApp()
  expect(simulated.install.handlers).toEqual([])
  await registerExtensions(setup.deps, portalId)
  expect(simulated.install.handlers).toHaveLength(events.length)
})

test('a refusal that comes with HTTP 200 is told with its code and not repeated', async () => {
  const { portalId, simulated } = await setup.install()
  const local = { ...setup.deps, config: { ...setup.deps.config, publicUrl: 'https://localhost' } }
  await registerExtensions(local, portalId)
  expect(simulated.install.placements).toEqual([])
  expect((await rowOf(portalId))?.registration).toEqual({
    placements: 'failed',
    events: 'failed',
    ready: 'failed',
    error: 'ERROR_WRONG_HANDLER_URL',
  })
  expect(await waitingJobs()).toEqual([])
})

test('a portal without leads is remembered as such', async () => {
  const { portalId } = await setup.install({ leads: false })
  await registerExtensions(setup.deps, portalId)
  expect(await rowOf(portalId)).toMatchObject({ registration: done, leadsEnabled: false })
})

test('what may pass is tried again later, and the page sees it running', async () => {
  const { portalId, simulated } = await setup.install()
  setup.bitrix.control.failNext({ route: 'rest', as: 'html' })
  await registerExtensions(setup.deps, portalId)
  expect((await rowOf(portalId))?.registration).toMatchObject({ ready: 'running', retries: '1' })
  const [job] = await waitingJobs()
  expect(job).toMatchObject({ data: { portalId }, singletonKey: portalId, state: 'created' })
  expect(job?.startAfter.getTime()).toBeGreaterThan(Date.now() + 5000)
  await registerExtensions(setup.deps, portalId)
  expect((await rowOf(portalId))?.registration).toEqual(done)
  expect(simulated.install.placements).toHaveLength(placements.length)
})

test('a crash after the binds is mended by running again', async () => {
  const { portalId, simulated } = await setup.install()
  setup.bitrix.control.failNext({ method: 'event.bind', as: 'drop-after' })
  await registerExtensions(setup.deps, portalId)
  expect((await rowOf(portalId))?.registration).toMatchObject({ ready: 'running' })
  await registerExtensions(setup.deps, portalId)
  expect((await rowOf(portalId))?.registration).toEqual(done)
  expect(simulated.install.placements).toHaveLength(placements.length)
  expect(simulated.install.handlers).toHaveLength(events.length)
})

test('nothing is sent for a portal that is not active any more', async () => {
  const { portalId } = await setup.install()
  await withPortal(setup.deps.db, portalId, (tx) => tx.orm.update(portal).set({ state: 'uninstalled' }))
  await registerExtensions(setup.deps, portalId)
  expect(setup.bitrix.control.requests()).toEqual([])
})
