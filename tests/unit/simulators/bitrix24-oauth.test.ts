import { expect, it } from 'vitest'
import { parseForm } from '#tests/simulators/bitrix24/parse-form.ts'
import { createWorld, oauthOrigin } from './bitrix24-world.ts'

const bodyOf = async (request: Request): Promise<Record<string, unknown>> => parseForm(await request.text())

it('frames opened within one access-token life share a pair, and a new life gives a new one', async () => {
  const { portal, admin, clock } = createWorld()
  const first = await bodyOf(portal.openRequest({ userId: admin, placement: 'DEFAULT' }))
  const second = await bodyOf(portal.openRequest({ userId: admin, placement: 'DEFAULT' }))
  expect(second['AUTH_ID']).toBe(first['AUTH_ID'])
  clock.now += 3_601_000
  const third = await bodyOf(portal.openRequest({ userId: admin, placement: 'DEFAULT' }))
  expect(third['AUTH_ID']).not.toBe(first['AUTH_ID'])
})

it('a refresh kills the old refresh token everywhere and leaves the old access token alive', async () => {
  const { b24, portal, admin, refresh } = createWorld()
  const page = await bodyOf(portal.openRequest({ userId: admin, placement: 'DEFAULT' }))
  const granted = await refresh(String(page['REFRESH_ID']))
  expect(granted.body).toMatchObject({
    ...{ member_id: portal.memberId, user_id: admin, domain: 'oauth.bitrix.test', expires_in: 3600 },
    client_endpoint: 'https://acme.bitrix24.test/rest/',
    server_endpoint: `${oauthOrigin}/rest/`,
  })
  const again = await refresh(String(page['REFRESH_ID']))
  expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant'])
  const reopened = await bodyOf(portal.openRequest({ userId: admin, placement: 'DEFAULT' }))
  expect(reopened['REFRESH_ID']).toBe(page['REFRESH_ID'])
  const profile = await b24.fetch(
    new Request(`${portal.origin}/rest/profile?auth=${String(page['AUTH_ID'])}`),
  )
  expect(await profile.json()).toMatchObject({ result: { ID: String(admin), ADMIN: true } })
  expect((await refresh(String(granted.body['refresh_token']))).status).toBe(200)
  expect(b24.control.refreshes(portal.memberId)).toBe(3)
})

it('an access token runs out with expired_token after the life that was set', async () => {
  const { b24, portal, rep, clock } = createWorld()
  b24.control.setTokenLife(20)
  const { accessToken } = portal.tokens(rep)
  clock.now += 20_000
  const response = await b24.fetch(new Request(`${portal.origin}/rest/profile?auth=${accessToken}`))
  expect([response.status, (await response.json()).error]).toEqual([401, 'expired_token'])
})

it('refuses a wrong secret, another application, a dismissed user and an uninstalled application', async () => {
  const { portal, rep, refresh } = createWorld()
  const code = async (token: string, change = {}) => (await refresh(token, change)).body['error']
  expect(await code(portal.tokens(rep).refreshToken, { client_secret: 'no' })).toBe('invalid_client')
  const other = portal.addSibling()
  expect(await code(other.tokens(rep).refreshToken)).toBe('wrong_client')
  const kept = portal.tokens(rep).refreshToken
  portal.dismissUser(rep)
  expect(await code(kept)).toBe('invalid_grant')
  portal.changeUser(rep, { active: true })
  portal.uninstall()
  expect(await code(kept)).toBe('wrong_client')
})

it('answers the faults that a test asks for, once each', async () => {
  const { b24, portal, rep, refresh } = createWorld()
  b24.control.failNext({ route: 'oauth', as: 'PAYMENT_REQUIRED' })
  b24.control.failNext({ route: 'oauth', as: 'drop-after' })
  const { refreshToken } = portal.tokens(rep)
  expect((await refresh(refreshToken)).body['error']).toBe('PAYMENT_REQUIRED')
  await expect(refresh(refreshToken)).rejects.toThrow('fetch failed')
  expect((await refresh(refreshToken)).body['error']).toBe('invalid_grant')
})
