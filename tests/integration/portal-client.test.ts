import { afterEach, beforeEach, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { batchPortal } from '#server/bitrix/batch-portal.ts'
import { allowPortalCalls } from '#server/bitrix/budget.ts'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { callPortal } from '#server/bitrix/call-portal.ts'
import { serviceCaller } from '#server/bitrix/caller.ts'
import { awaitBudget } from '#server/bitrix/limiter.ts'
import type { Deps } from '#server/deps.ts'
import type { PortalId } from '#server/ids.ts'
import { createPortalDeps, type PortalDeps } from '../support/portal-deps.ts'

let setup: PortalDeps
beforeEach(async () => {
  setup = await createPortalDeps()
})
afterEach(() => setup.close())

const refusedByLimit = () =>
  setup.bitrix.calls.filter((call) => call.error === 'QUERY_LIMIT_EXCEEDED' || call.status === 503)

const fillBudget = (portalId: PortalId, level: number) =>
  withPortal(
    setup.deps.db,
    portalId,
    (tx) => tx.sql`insert into app.portal_budget (portal_id, level, level_at)
      values (${portalId}, ${level}, clock_timestamp())
      on conflict (portal_id) do update set level = excluded.level, level_at = excluded.level_at`,
  )

test('120 calls from two replicas leave in a few requests and meet no limit', async () => {
  const { caller } = await setup.install()
  const both = [setup.deps, setup.replica()]
  const results = await Promise.all(
    Array.from({ length: 120 }, (_, index) =>
      callPortal(both[index % 2] ?? setup.deps, caller(), 'crm.item.list', { entityTypeId: 3, start: index }),
    ),
  )
  expect(results).toHaveLength(120)
  expect(setup.bitrix.control.callsOf('crm.item.list')).toHaveLength(120)
  expect(setup.bitrix.control.requests().length).toBeLessThanOrEqual(8)
  expect(refusedByLimit()).toEqual([])
})

test('requests that travel alone drain one bucket that two replicas share', { timeout: 60_000 }, async () => {
  const { caller } = await setup.install()
  const both = [setup.deps, setup.replica()]
  const began = performance.now()
  await Promise.all(
    Array.from({ length: 52 }, (_, index) =>
      callPortal(both[index % 2] ?? setup.deps, caller(), 'profile', {}, { once: true }),
    ),
  )
  // 48 at once, the other 4 at 2 a second.
  expect(performance.now() - began).toBeGreaterThan(1500)
  expect(setup.bitrix.control.requests()).toHaveLength(52)
  expect(refusedByLimit()).toEqual([])
})

test('a background call leaves the rest of the bucket to people who wait', async () => {
  const { caller, portalId } = await setup.install()
  await fillBudget(portalId, 31)
  const order: string[] = []
  const background = callPortal(setup.deps, caller('background'), 'profile', {}).then(() =>
    order.push('background'),
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  await Promise.all(
    [1, 2, 3].map(() =>
      callPortal(setup.replica(), caller(), 'profile', {}, { once: true }).then(() =>
        order.push('interactive'),
      ),
    ),
  )
  await background
  expect(order).toEqual(['interactive', 'interactive', 'interactive', 'background'])
})

test('somebody who waits is told within five seconds, and nothing was sent', async () => {
  const { caller, portalId } = await setup.install()
  await fillBudget(portalId, 70)
  const began = performance.now()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({
    code: 'portal_limited',
    retry: { afterMs: expect.any(Number) },
  })
  expect(performance.now() - began).toBeLessThan(5000)
  expect(setup.bitrix.control.requests()).toEqual([])
})

test('QUERY_LIMIT_EXCEEDED pauses every replica, then the call goes through', async () => {
  const { caller, portalId } = await setup.install()
  setup.bitrix.control.failNext({ method: 'profile', as: 'QUERY_LIMIT_EXCEEDED' })
  const began = performance.now()
  const call = callPortal(setup.deps, caller(), 'profile', {}, { once: true })
  await new Promise((resolve) => setTimeout(resolve, 400))
  await awaitBudget(setup.replica(), portalId, { lane: 'interactive', methods: [], waitMs: 4000 })
  expect(performance.now() - began).toBeGreaterThan(950)
  await expect(call).resolves.toMatchObject({ ID: '1' })
})

test('OPERATION_TIME_LIMIT pauses that method only', async () => {
  const { caller, portalId } = await setup.install()
  setup.bitrix.control.failNext({ method: 'crm.item.list', as: 'OPERATION_TIME_LIMIT' })
  const list = () => callPortal(setup.deps, caller(), 'crm.item.list', { entityTypeId: 3 })
  await expect(list()).rejects.toMatchObject({ code: 'portal_limited', remote: 'OPERATION_TIME_LIMIT' })
  await expect(list()).rejects.toMatchObject({
    code: 'portal_limited',
    retry: { afterMs: expect.any(Number) },
  })
  expect(setup.bitrix.control.callsOf('crm.item.list')).toHaveLength(1)
  await expect(callPortal(setup.deps, caller(), 'profile', {})).resolves.toMatchObject({ ID: '1' })

  const answers = await batchPortal(setup.deps, caller(), {
    blocked: { method: 'crm.item.list', params: { entityTypeId: 3 } },
    free: { method: 'profile', params: {} },
  })
  expect(answers).toMatchObject({
    blocked: { ok: false, error: { code: 'portal_limited' } },
    free: { ok: true },
  })
  expect(setup.bitrix.control.callsOf('crm.item.list')).toHaveLength(1)
  const rows = await withPortal(setup.deps.db, portalId, (tx) => tx.sql`select method from app.method_pause`)
  expect(rows).toMatchObject([{ method: 'crm.item.list' }])
})

test('a method is free again when the portal says so', async () => {
  const { caller, portalId, memberId } = await setup.install()
  const list = () => callPortal(setup.deps, caller(), 'crm.item.list', { entityTypeId: 3 })
  setup.bitrix.control.operating({ memberId, method: 'crm.item.list', seconds: 470 })
  await list()
  setup.bitrix.control.operating({ memberId, method: 'crm.item.list', seconds: 10 })
  await expect(list()).rejects.toMatchObject({ remote: 'OPERATION_TIME_LIMIT' })
  const [row] = await withPortal(
    setup.deps.db,
    portalId,
    (tx) => tx.sql<{ seconds: number }[]>`
      select extract(epoch from until - clock_timestamp())::float8 as seconds from app.method_pause`,
  )
  // The oldest of ten one-minute baskets began within the last minute.
  expect(row?.seconds).toBeGreaterThan(500)
  expect(row?.seconds).toBeLessThanOrEqual(600)
})

test('an OAuth server that is silent does not keep anybody waiting longer than five seconds', async () => {
  const { caller, simulated } = await setup.install()
  simulated.expireTokens()
  const release = setup.bitrix.control.hold({ method: 'oauth.token' })
  const began = performance.now()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({
    code: 'portal_unreachable',
    retry: 'later',
  })
  expect(performance.now() - began).toBeLessThan(5500)
  release()
})

test('OVERLOAD_LIMIT stops everything until an administrator opens the app', async () => {
  const { caller, portalId } = await setup.install()
  setup.bitrix.control.failNext({ method: 'profile', as: 'OVERLOAD_LIMIT' })
  const call = (deps: Deps) => callPortal(deps, caller('background'), 'profile', {})
  await expect(call(setup.deps)).rejects.toMatchObject({ code: 'portal_limited', remote: 'OVERLOAD_LIMIT' })
  const sent = setup.bitrix.control.requests().length
  await expect(call(setup.deps)).rejects.toMatchObject({ code: 'portal_limited', remote: 'OVERLOAD_LIMIT' })
  await expect(call(setup.replica())).rejects.toMatchObject({ remote: 'OVERLOAD_LIMIT' })
  expect(setup.bitrix.control.requests()).toHaveLength(sent)
  await withPortal(setup.deps.db, portalId, (tx) => allowPortalCalls(tx, portalId))
  await expect(call(setup.deps)).resolves.toMatchObject({ ID: '1' })
})

test('the call log has names, codes and times, and no value', async () => {
  const { caller, portalId } = await setup.install()
  await callPortal(setup.deps, caller(), 'crm.duplicate.findbycomm', {
    type: 'PHONE',
    values: ['LEAK_PROBE_phone'],
    LEAK_PROBE_1: 'x',
  })
  await callPortal(setup.deps, caller(), 'crm.item.get', { entityTypeId: 3, id: 404 }).catch(() => {})
  await flushCallLog(setup.deps)
  const rows = await withPortal(
    setup.deps.db,
    portalId,
    (tx) => tx.sql<{ method: string; params: string[]; code: string; ms: number }[]>`
      select method, params, code, ms from app.portal_call order by id`,
  )
  expect(rows.map(({ method, params, code }) => ({ method, params, code }))).toEqual([
    { method: 'crm.duplicate.findbycomm', params: ['type', 'values'], code: 'ok' },
    { method: 'crm.item.get', params: ['entityTypeId', 'id'], code: 'NOT_FOUND' },
  ])
  expect(rows.every(({ ms }) => ms >= 0)).toBe(true)
  expect(JSON.stringify(rows) + setup.lines.join('\n')).not.toContain('LEAK_PROBE')
})

test('a lost answer is repeatable, except for what must run once', async () => {
  const { caller } = await setup.install()
  const call = (once: boolean) => callPortal(setup.deps, caller(), 'profile', {}, { once })
  for (const as of ['drop-after', 'html', '500', 'INTERNAL_SERVER_ERROR'] as const) {
    setup.bitrix.control.failNext({ method: 'profile', as, times: 2 })
    await expect(call(false), as).rejects.toMatchObject({ code: 'portal_unreachable', retry: 'later' })
    await expect(call(true), as).rejects.toMatchObject({
      code: 'portal_unreachable',
      retry: 'unknown-outcome',
    })
  }
})

test('a portal that does not answer ends an interactive call in five seconds', async () => {
  const { caller } = await setup.install()
  setup.bitrix.control.failNext({ method: 'profile', as: 'timeout' })
  const began = performance.now()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({
    code: 'portal_unreachable',
  })
  expect(performance.now() - began).toBeLessThan(5500)
})

test('more than 50 commands are split, and each is answered for itself', async () => {
  const { caller } = await setup.install()
  const commands = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `k${index}`,
      index === 7 ? { method: 'no.such', params: {} } : { method: 'profile', params: {} },
    ]),
  )
  const answers = await batchPortal(setup.deps, caller(), commands)
  expect(Object.keys(answers)).toHaveLength(60)
  expect(answers['k7']).toMatchObject({
    ok: false,
    error: { code: 'portal_refused', remote: 'ERROR_METHOD_NOT_FOUND' },
  })
  expect(Object.values(answers).filter((answer) => answer.ok)).toHaveLength(59)
  expect(setup.bitrix.control.requests()).toHaveLength(2)
})

test('calls of one tick share a request only when their values survive it', async () => {
  const { caller } = await setup.install()
  await Promise.all([
    callPortal(setup.deps, caller(), 'profile', {}),
    callPortal(setup.deps, caller(), 'crm.item.list', { entityTypeId: 3, select: ['id'] }),
    callPortal(setup.deps, caller(), 'crm.item.list', { entityTypeId: 3, useOriginalUfNames: null }),
  ])
  const methods = setup.bitrix.control.requests().map((call) => call.method)
  expect(methods.toSorted()).toEqual(['batch', 'crm.item.list'])
})

test('the service calls as the administrator who installed the app', async () => {
  const { portalId } = await setup.install()
  const caller = await serviceCaller(setup.deps, portalId)
  expect(caller).toEqual({ portalId, userId: '1', lane: 'background' })
})

test('a deleted portal is gone', async () => {
  const { caller, simulated } = await setup.install()
  simulated.deletePortal()
  await expect(callPortal(setup.deps, caller(), 'profile', {})).rejects.toMatchObject({ code: 'portal_gone' })
})
