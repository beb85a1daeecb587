import { afterEach, beforeEach, expect, test } from 'vitest'
import { portal, userToken } from '#db/schema/index.ts'
import { withControl, withPortal } from '#db/tenancy.ts'
import { callPortal } from '#server/bitrix/call-portal.ts'
import { accessToken, refreshAccessToken, storeTokens } from '#server/portal/access-token.ts'
import { createPortalDeps, type PortalDeps } from '../support/portal-deps.ts'

let setup: PortalDeps
beforeEach(async () => {
  setup = await createPortalDeps()
})
afterEach(() => setup.close())

const rowOf = async (portalId: Parameters<typeof withPortal>[1]) => {
  const [row] = await withPortal(setup.deps.db, portalId, (tx) => tx.orm.select().from(userToken))
  return row
}

test('ten parallel callers with an expired token cost one refresh', async () => {
  const { caller, memberId, simulated } = await setup.install()
  simulated.expireTokens()
  const calls = Array.from({ length: 10 }, () =>
    callPortal(setup.deps, caller(), 'profile', {}, { once: true }),
  )
  const profiles = await Promise.all(calls)
  expect(profiles).toHaveLength(10)
  expect(profiles[0]).toMatchObject({ ID: '1' })
  expect(setup.bitrix.control.refreshLog(memberId)).toMatchObject([{ granted: true }])
})

test('ten callers in two processes on one database cost one refresh', async () => {
  const { caller, memberId, simulated } = await setup.install()
  const other = setup.replica()
  simulated.expireTokens()
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      callPortal(index % 2 ? other : setup.deps, caller(), 'profile', {}, { once: true }),
    ),
  )
  expect(setup.bitrix.control.refreshLog(memberId)).toMatchObject([{ granted: true }])
})

test('a token that is known to have expired is refreshed before it is used', async () => {
  const { caller, memberId } = await setup.install()
  setup.advance(3_700_000)
  await callPortal(setup.deps, caller(), 'profile', {})
  expect(setup.bitrix.control.refreshes(memberId)).toBe(1)
  expect(setup.bitrix.control.callsOf('profile').map((call) => call.error)).toEqual([null])
})

test('a live token is never refreshed', async () => {
  const { caller, memberId } = await setup.install()
  for (let i = 0; i < 3; i++) await callPortal(setup.deps, caller(), 'profile', {})
  expect(setup.bitrix.control.refreshes(memberId)).toBe(0)
})

test('a revoked refresh token is refused once, remembered, and lifted by the next page open', async () => {
  const { caller, memberId, portalId, simulated } = await setup.install()
  simulated.dismissUser(1)
  simulated.expireTokens()
  const call = () => callPortal(setup.deps, caller(), 'profile', {})
  await expect(call()).rejects.toMatchObject({ code: 'portal_token_refused', retry: 'never' })
  expect((await rowOf(portalId))?.refusedAt).toBeInstanceOf(Date)
  await expect(call()).rejects.toMatchObject({ code: 'portal_token_refused' })
  expect(setup.bitrix.control.refreshes(memberId)).toBe(1)

  simulated.changeUser(1, { active: true })
  const expiresAt = new Date(setup.clock.now() + 3_600_000)
  await withPortal(setup.deps.db, portalId, (tx) =>
    storeTokens(tx, setup.deps, portalId, '1', { ...simulated.tokens(1), expiresAt }),
  )
  expect((await rowOf(portalId))?.refusedAt).toBeNull()
  await expect(call()).resolves.toMatchObject({ ID: '1' })
})

test('a pair that a page open brings while ours is being refused is used instead', async () => {
  const { memberId, portalId, simulated, caller } = await setup.install()
  const { token } = await accessToken(setup.deps, portalId, '1')
  setup.bitrix.control.failNext({ method: 'oauth.token', as: 'invalid_grant' })
  const release = setup.bitrix.control.hold({ method: 'oauth.token' })
  const refreshing = refreshAccessToken(setup.deps, portalId, '1', token)
  const fresh = simulated.tokens(1)
  await new Promise((resolve) => setTimeout(resolve, 200))
  // Waits for the row's lock, as every page open does.
  const stored = withPortal(setup.replica().db, portalId, (tx) =>
    storeTokens(tx, setup.deps, portalId, '1', {
      ...fresh,
      expiresAt: new Date(setup.clock.now() + 3_600_000),
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 200))
  release()
  await stored
  await expect(refreshing).resolves.toMatchObject({ token: expect.any(String) })
  expect((await rowOf(portalId))?.refusedAt).toBeNull()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).resolves.toMatchObject({ ID: '1' })
  expect(setup.bitrix.control.refreshes(memberId)).toBeLessThanOrEqual(2)
})

test('an OAuth server that is away refuses nobody', async () => {
  const { caller, portalId, simulated } = await setup.install()
  simulated.expireTokens()
  setup.bitrix.control.failNext({ method: 'oauth.token', as: 'html' })
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({
    code: 'portal_unreachable',
    retry: 'later',
  })
  expect((await rowOf(portalId))?.refusedAt).toBeNull()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).resolves.toMatchObject({ ID: '1' })
})

test('an uninstalled application is gone, not merely refused', async () => {
  const { caller, portalId, simulated } = await setup.install()
  simulated.expireTokens()
  setup.bitrix.control.failNext({ method: 'oauth.token', as: 'wrong_client' })
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({ code: 'portal_gone' })
  expect((await rowOf(portalId))?.refusedAt).toBeNull()
})

test('a spent refresh token is remembered, so that a page that still shows it does not bring it back', async () => {
  const { caller, simulated, portalId } = await setup.install()
  const pair = simulated.tokens(1)
  await withPortal(setup.deps.db, portalId, (tx) =>
    storeTokens(tx, setup.deps, portalId, '1', { ...pair, expiresAt: new Date(setup.clock.now() - 1) }),
  )
  await callPortal(setup.deps, caller(), 'profile', {})
  const { hash } = await setup.deps.keyring.mac('exchange', pair.refreshToken)
  const known = await withControl(
    setup.deps.db,
    (tx) => tx.sql`select * from control.recall_exchange(${tx.sql.array([hash] as never, 17)})`,
  )
  expect(known).toMatchObject([{ portal_id: portalId, user_id: '1' }])
})

test('tokens are sealed in the table and absent from the log', async () => {
  const { caller, simulated, portalId } = await setup.install()
  const pair = simulated.tokens(1)
  await withPortal(setup.deps.db, portalId, (tx) =>
    storeTokens(tx, setup.deps, portalId, '1', { ...pair, expiresAt: new Date(setup.clock.now() - 1) }),
  )
  await callPortal(setup.deps, caller(), 'profile', {})
  const row = await rowOf(portalId)
  const bytes = Buffer.concat([Buffer.from(row?.accessToken ?? []), Buffer.from(row?.refreshToken ?? [])])
  const held = await accessToken(setup.deps, portalId, '1')
  for (const secret of [pair.accessToken, pair.refreshToken, held.token]) {
    expect(bytes.includes(secret)).toBe(false)
    expect(setup.lines.join('\n')).not.toContain(secret)
  }
})

test('a renamed portal is found through the OAuth server, never by following the redirect', async () => {
  const { caller, portalId, memberId, simulated } = await setup.install()
  const before = simulated.origin
  simulated.renameTo('https://renamed.bitrix24.test')
  await expect(callPortal(setup.deps, caller(), 'profile', {})).resolves.toMatchObject({ ID: '1' })
  const [row] = await withPortal(setup.deps.db, portalId, (tx) => tx.orm.select().from(portal))
  expect(row?.clientEndpoint).toBe('https://renamed.bitrix24.test/rest/')
  expect(before).not.toBe(simulated.origin)
  expect(setup.bitrix.control.refreshes(memberId)).toBe(1)
})
