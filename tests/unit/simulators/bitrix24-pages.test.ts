import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createBitrix24 } from '#tests/simulators/bitrix24/app.ts'
import { at, createWorld, type World } from './bitrix24-world.ts'

const get = async (world: World, path: string, userId = world.admin) => {
  const headers = { cookie: `portal_user=${userId}` }
  const response = await world.b24.fetch(new Request(world.portal.origin + path, { headers }))
  return { status: response.status, text: await response.text() }
}
const post = async (world: World, path: string, body: object, userId = world.admin) => {
  const headers = { cookie: `portal_user=${userId}`, 'content-type': 'application/json' }
  const request = new Request(world.portal.origin + path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const response = await world.b24.fetch(request)
  return { status: response.status, body: await response.json() }
}
const tab = { PLACEMENT: 'CRM_CONTACT_DETAIL_TAB', HANDLER: 'http://127.0.0.1:4010/placements/contact' }

it('draws the card with the tab titled in the viewer’s language, and hides the record from others', async () => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann <b>', phones: ['+37369123456'] })
  await world.call('placement.bind', { ...tab, TITLE: 'Chat', LANG_ALL: { ru: { TITLE: 'Чат' } } })
  const path = `/crm/contact/details/${id}/`
  const shown = await get(world, `${path}?lang=ru`)
  expect(shown.text).toContain('Чат')
  expect(shown.text).toContain('Ann &lt;b&gt;')
  expect((await get(world, path, world.rep)).status).toBe(403)
  world.portal.changeUser(world.admin, { appAccess: false })
  expect((await get(world, path)).text).not.toContain('Chat')
})

it('gives the parent page the form of a tab and the init data of its frame', async () => {
  const world = createWorld()
  await world.call('placement.bind', tab)
  const opened = await post(world, '/_frame/open', { placement: tab.PLACEMENT, options: { ID: '1' } })
  expect(at(opened.body, 'fields.PLACEMENT')).toBe(tab.PLACEMENT)
  const sid = at(opened.body, 'sid')
  const init = await post(world, '/_frame/init', { sid })
  expect(init.body).toMatchObject({
    ...{ DOMAIN: 'acme.bitrix24.test', PROTOCOL: 1, PATH: '/rest', FIRST_RUN: true, IS_ADMIN: true },
    ...{ INSTALL: false, PLACEMENT: tab.PLACEMENT, PLACEMENT_OPTIONS: { ID: '1' } },
    AUTH_ID: at(opened.body, 'fields.AUTH_ID'),
  })
  expect((await post(world, '/_frame/init', { sid })).body).toMatchObject({ FIRST_RUN: false })
  const fresh = await post(world, '/_frame/refresh', { sid })
  expect(at(fresh.body, 'AUTH_ID')).not.toBe(at(opened.body, 'fields.AUTH_ID'))
})

it('keeps the settings of the application for administrators and finishes an installation once asked by one', async () => {
  const world = createWorld({ installed: false })
  world.portal.installRequest(world.admin)
  const opened = await post(world, '/_frame/open', { placement: 'DEFAULT', options: {} })
  const sid = at(opened.body, 'sid')
  const saved = await post(world, '/_frame/option', { sid, of: 'app', name: 'a', value: 1 })
  expect(saved.body).toEqual({ saved: true })
  await post(world, '/_frame/install', { sid, value: 'Y' })
  expect(world.portal.install.installed).toBe(true)
  const mine = await post(world, '/_frame/open', { placement: 'DEFAULT', options: {} }, world.rep)
  const refused = await post(world, '/_frame/option', {
    sid: at(mine.body, 'sid'),
    of: 'app',
    name: 'a',
    value: 2,
  })
  expect(refused.body).toEqual({ saved: false })
})

it('renders new activities into the timeline and answers 204 while nothing changed', async () => {
  const world = createWorld()
  const { id } = world.portal.addContact({ name: 'Ann' })
  const layout = {
    ...{ icon: { code: 'wa' }, header: { title: 'WhatsApp' } },
    body: { logo: { code: 'call' }, blocks: { a: { type: 'text', properties: { value: 'Hi <i>' } } } },
    footer: {
      buttons: {
        o: { title: 'Open', type: 'primary', action: { type: 'openRestApp', actionParams: { c: '9' } } },
      },
    },
  }
  const params = { ownerTypeId: 3, ownerId: id, fields: { isIncomingChannel: true }, layout }
  await world.call('crm.activity.configurable.add', params)
  const drawn = await get(world, `/_portal/timeline?type=contact&id=${id}&seen=0`)
  const { html, counter, revision } = JSON.parse(drawn.text)
  expect(counter).toBe(1)
  expect(html).toContain('Hi &lt;i&gt;')
  expect(html).toContain('&quot;activityId&quot;:1')
  expect((await get(world, `/_portal/timeline?type=contact&id=${id}&seen=${revision}`)).status).toBe(204)
})

it('obeys the control routes and shows its state', async () => {
  const world = createWorld()
  const made = await post(world, '/_control/add-contact', { name: 'Zed', phones: ['+1'] })
  expect(made.body).toEqual({ id: 1 })
  await post(world, '/_control/set-rights', { userId: world.rep, rights: 'none' })
  const state = await get(world, '/_control/state')
  expect(JSON.parse(state.text)).toMatchObject([
    { records: [{ name: 'Zed' }], users: [{}, { rights: { deal: { read: 'none' } } }] },
  ])
  expect((await post(world, '/_control/nothing', {})).status).toBe(404)
})

it('brings everything back from its state file, tokens too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portal-'))
  const options = {
    oauthOrigin: 'https://o.test',
    clientId: 'a',
    clientSecret: 'b',
    stateFile: join(folder, 's.json'),
  }
  const first = createBitrix24(options)
  const portal = first.addPortal({ origin: 'https://p.test' })
  const { id } = portal.addUser({ name: 'Ada', isAdmin: true })
  portal.finishInstall()
  const { accessToken } = portal.tokens(id)
  first.close()
  const second = createBitrix24(options)
  const answer = await second.fetch(new Request(`https://p.test/rest/profile?auth=${accessToken}`))
  expect(await answer.json()).toMatchObject({ result: { NAME: 'Ada' } })
  expect(second.portals[0]?.users()).toHaveLength(1)
  second.close()
  rmSync(folder, { recursive: true })
})
