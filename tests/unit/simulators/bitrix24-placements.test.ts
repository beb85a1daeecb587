import { expect, it } from 'vitest'
import { parseForm } from '#tests/simulators/bitrix24/parse-form.ts'
import { createWorld } from './bitrix24-world.ts'

const tab = {
  PLACEMENT: 'CRM_CONTACT_DETAIL_TAB',
  HANDLER: 'https://app.example/placements/contact',
  TITLE: 'WhatsApp',
}

it('answers most refusals of placement.bind with HTTP 200', async () => {
  const { call } = createWorld()
  const bind = async (change: object) => {
    const { status, body } = await call('placement.bind', { ...tab, ...change })
    return [status, body['error']]
  }
  expect(await bind({ PLACEMENT: '' })).toEqual([200, 'ERROR_ARGUMENT'])
  expect(await bind({ PLACEMENT: 'CRM_NOTHING' })).toEqual([200, 'ERROR_PLACEMENT_NOT_FOUND'])
  expect(await bind({ HANDLER: 'https://localhost/x' })).toEqual([200, 'ERROR_WRONG_HANDLER_URL'])
  expect(await bind({ USER_ID: 1 })).toEqual([200, 'ERROR_PLACEMENT_USER_MODE'])
  expect(await bind({})).toEqual([200, undefined])
  expect(await bind({})).toEqual([400, 'ERROR_CORE'])
})

it('counts each unbound row twice and lists what is bound to administrators', async () => {
  const { call, rep } = createWorld()
  await call('placement.bind', { ...tab, LANG_ALL: { ru: { TITLE: 'Ватсап' } } })
  const listed = await call('placement.get')
  expect(listed.body['result']).toMatchObject([
    { placement: tab.PLACEMENT, handler: tab.HANDLER, options: [], langAll: { ru: { TITLE: 'Ватсап' } } },
  ])
  expect((await call('placement.get', {}, rep)).body['error']).toBe('ACCESS_DENIED')
  const unbound = await call('placement.unbind', { PLACEMENT: tab.PLACEMENT })
  expect(unbound.body['result']).toEqual({ count: 2 })
})

it('posts a tab as the portal does: query, hidden fields, options as a JSON string, a new APP_SID each time', async () => {
  const { portal, rep, call } = createWorld()
  await call('placement.bind', tab)
  const open = () =>
    portal.openRequest({ userId: rep, placement: tab.PLACEMENT, options: { ID: '7' }, lang: 'ru' })
  const [first, second] = [open(), open()]
  const query = new URL(first.url).searchParams
  expect(Object.fromEntries(query)).toMatchObject({ DOMAIN: 'acme.bitrix24.test', PROTOCOL: '1', LANG: 'ru' })
  expect(query.get('APP_SID')).toMatch(/^[0-9a-f]{32}$/)
  expect(new URL(second.url).searchParams.get('APP_SID')).not.toBe(query.get('APP_SID'))
  const body = parseForm(await first.text())
  expect(Object.keys(body)).toEqual([
    ...['AUTH_ID', 'AUTH_EXPIRES', 'REFRESH_ID', 'SERVER_ENDPOINT', 'APPLICATION_TOKEN', 'APPLICATION_SCOPE'],
    ...['member_id', 'status', 'PLACEMENT', 'PLACEMENT_OPTIONS'],
  ])
  expect(body).toMatchObject({ PLACEMENT: tab.PLACEMENT, PLACEMENT_OPTIONS: '{"URI":"\\/","ID":"7"}' })
})

it('shows no tab before the installation is finished, and the installer to administrators only', async () => {
  const { portal, admin, rep } = createWorld({ installed: false })
  portal.installRequest(admin)
  expect(() => portal.openRequest({ userId: admin, placement: tab.PLACEMENT })).toThrow('shows no')
  expect(() => portal.openRequest({ userId: rep, placement: 'DEFAULT' })).toThrow('shows no')
  expect(portal.openRequest({ userId: admin, placement: 'DEFAULT' }).url).toContain('/bitrix/install?')
})

it('lets a test forge any part of a page POST', async () => {
  const { portal, admin } = createWorld()
  const forged = portal.openRequest({
    ...{ userId: admin, placement: 'DEFAULT' },
    overrides: { query: { DOMAIN: 'evil.example' }, body: { APPLICATION_TOKEN: null, member_id: 'x' } },
  })
  expect(new URL(forged.url).searchParams.get('DOMAIN')).toBe('evil.example')
  const body = parseForm(await forged.text())
  expect([body['member_id'], 'APPLICATION_TOKEN' in body]).toEqual(['x', false])
})

it('gives a reinstalled application a new application token', async () => {
  const { portal, admin } = createWorld()
  const before = portal.applicationToken
  portal.uninstall()
  portal.installRequest(admin)
  expect(portal.applicationToken).not.toBe(before)
  expect(portal.install.installed).toBe(false)
})

it('tells a sibling application apart by app.info', async () => {
  const { b24, portal, rep, call } = createWorld()
  const { accessToken } = portal.addSibling({ code: 'rival.app' }).tokens(rep)
  const response = await b24.fetch(new Request(`${portal.origin}/rest/app.info?auth=${accessToken}`))
  expect((await response.json()).result).toMatchObject({ CODE: 'rival.app', INSTALLED: true })
  expect((await call('app.info')).body['result']).toMatchObject({
    ID: portal.install.id,
    CODE: 'wasync.whatsapp',
  })
})
