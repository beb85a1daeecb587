import { expect, it } from 'vitest'
import { parseForm } from '#tests/simulators/bitrix24/parse-form.ts'
import { at, createWorld } from './bitrix24-world.ts'

const handler = 'https://app.example/bitrix/events'

it('posts an event as nested brackets with the tokens of its author', async () => {
  const { b24, portal, admin, call, inbox } = createWorld()
  expect((await call('event.bind', { event: 'onCrmContactAdd', handler })).body['result']).toBe(true)
  const { id } = portal.addContact({ name: 'Ann', assignedById: admin })
  await b24.settle()
  const body = parseForm(inbox[0]?.body ?? '')
  expect(body).toMatchObject({ event: 'ONCRMCONTACTADD', data: { FIELDS: { ID: String(id) } } })
  expect(body['auth']).toMatchObject({
    ...{ member_id: portal.memberId, user_id: String(admin), domain: 'acme.bitrix24.test' },
    application_token: portal.applicationToken,
    client_endpoint: 'https://acme.bitrix24.test/rest/',
  })
  expect(at(body, 'auth.access_token')).toMatch(/^[0-9a-f]{70}$/)
  expect(at(body, 'auth.refresh_token')).toBeUndefined()
})

it('leaves the tokens out when a robot caused the event', async () => {
  const { b24, portal, call, inbox } = createWorld()
  await call('event.bind', { event: 'ONCRMLEADUPDATE', handler })
  const { id } = portal.addLead({ name: 'L' })
  portal.changeRecord('lead', id, { title: 'New' }, { userId: null })
  await b24.settle()
  expect(inbox).toHaveLength(1)
  expect(at(parseForm(inbox[0]?.body ?? ''), 'auth.access_token')).toBeUndefined()
})

it('delivers nothing until the installation is finished, then ONAPPINSTALL with the page pair', async () => {
  const { b24, portal, admin, inbox } = createWorld({ installed: false })
  const page = parseForm(await portal.installRequest(admin).text())
  const auth = String(page['AUTH_ID'])
  const rest = (path: string) => b24.fetch(new Request(`${portal.origin}/rest/${path}&auth=${auth}`))
  await rest(`event.bind?event=ONAPPINSTALL&handler=${encodeURIComponent(handler)}`)
  await rest(`event.bind?event=ONCRMCONTACTADD&handler=${encodeURIComponent(handler)}`)
  portal.addContact({ name: 'Early' })
  await b24.settle()
  expect(inbox).toEqual([])
  portal.finishInstall(admin)
  await b24.settle()
  const body = parseForm(inbox[0]?.body ?? '')
  expect(body).toMatchObject({ event: 'ONAPPINSTALL', data: { INSTALLED: 'Y', VERSION: '1' } })
  expect(at(body, 'auth.refresh_token')).toBe(page['REFRESH_ID'])
})

it('repeats and reorders events when asked, and never repeats a failed one by itself', async () => {
  const { b24, portal, call, inbox } = createWorld()
  await call('event.bind', { event: 'ONCRMDEALADD', handler })
  b24.control.events({ duplicate: 1, shuffle: true })
  for (let index = 0; index < 6; index += 1) portal.addDeal({ title: `D${index}` })
  await b24.settle()
  const ids = inbox.map(({ body }) => at(parseForm(body), 'data.FIELDS.ID'))
  expect(ids.toSorted()).toEqual(['1', '1', '2', '2', '3', '3', '4', '4', '5', '5', '6', '6'])
  expect(ids).not.toEqual(ids.toSorted())
})

it('drops handlers at an update, and tells those that were bound about the new token', async () => {
  const { b24, portal, call, inbox } = createWorld()
  await call('event.bind', { event: 'ONAPPUPDATE', handler })
  const before = portal.applicationToken
  portal.updateApp({ newToken: 'fresh' })
  await b24.settle()
  expect(before).not.toBe('fresh')
  expect(parseForm(inbox[0]?.body ?? '')).toMatchObject({
    data: { VERSION: '2', PREVIOUS_VERSION: '1' },
    auth: { application_token: 'fresh' },
  })
  expect(portal.eventHandlers()).toEqual([])
})

it('revokes every token before it tells about an uninstall, without tokens', async () => {
  const { b24, portal, rep, call, inbox, refresh } = createWorld()
  await call('event.bind', { event: 'ONAPPUNINSTALL', handler })
  const { accessToken, refreshToken } = portal.tokens(rep)
  portal.uninstall({ clean: true, refreshAnswer: 'invalid_grant' })
  await b24.settle()
  const body = parseForm(inbox[0]?.body ?? '')
  expect(body).toMatchObject({ data: { CLEAN: '1' }, auth: { application_token: portal.applicationToken } })
  expect(at(body, 'auth.access_token')).toBeUndefined()
  const rest = await b24.fetch(new Request(`${portal.origin}/rest/profile?auth=${accessToken}`))
  expect(rest.status).toBe(401)
  expect((await refresh(refreshToken)).body['error']).toBe('invalid_grant')
  expect(portal.placements()).toEqual([])
})

it('refuses handlers on hosts without a dot, unknown events and the same handler twice', async () => {
  const { call } = createWorld()
  const bind = async (params: object) => (await call('event.bind', params)).body['error']
  expect(await bind({ event: 'ONNOTHING', handler })).toBe('ERROR_EVENT_NOT_FOUND')
  expect(await bind({ event: 'ONAPPTEST', handler: 'http://localhost:3000/x' })).toBe(
    'ERROR_WRONG_HANDLER_URL',
  )
  expect(await bind({ event: 'ONAPPTEST', handler: 'ftp://a.b/x' })).toBe('ERROR_UNSUPPORTED_PROTOCOL')
  expect(await bind({ event: 'ONAPPTEST', handler: 'http://127.0.0.1:3000/x' })).toBeUndefined()
  expect(await bind({ event: 'ONAPPTEST', handler: 'http://127.0.0.1:3000/x' })).toBe('ERROR_CORE')
})

it('answers event.test with 1 and posts the query back as ONAPPTEST', async () => {
  const { b24, call, inbox } = createWorld()
  await call('event.bind', { event: 'ONAPPTEST', handler })
  expect((await call('event.test', { nonce: 'abc' })).body['result']).toBe(1)
  await b24.settle()
  expect(parseForm(inbox[0]?.body ?? '')).toMatchObject({
    event: 'ONAPPTEST',
    data: { QUERY: { nonce: 'abc' } },
  })
})
