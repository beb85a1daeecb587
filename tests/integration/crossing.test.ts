import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import { ApiError } from '#server/contract.ts'
import { newId } from '#server/ids.ts'
import { signSessionToken } from '#server/portal/session-token.ts'
import { apiRoutes, fillPath, sampleOf, type ApiRoute } from '../support/api-routes.ts'
import { NUMBER, TOKEN, WABA } from '../support/conversation-world.ts'
import { portalSnapshot } from '../support/portal-snapshot.ts'
import { createTwoPortals, SECRET_TEXT } from '../support/two-portals.ts'

// Two portals that are fully set up. The first is somebody else's for everybody who asks here.
const CLIENT_ID = crypto.randomUUID()
const ADMIN_ONLY = ['/api/channels', '/api/setup', '/api/terms', '/api/settings', '/api/diagnosis']

let two: Awaited<ReturnType<typeof createTwoPortals>>
let routes: ApiRoute[]
beforeAll(async () => {
  two = await createTwoPortals()
  routes = await apiRoutes(two.world)
}, 60_000)
afterAll(() => two.world.close())

type Answer = { status: number; text: string }

async function ask(token: string | null, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await two.world.request(path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
    return { status: response.status, text: await response.text() }
  await response.body?.cancel()
  return { status: response.status, text: '' }
}

/** Each place of a route where an id may stand, filled with an id of the first portal, one after the other. */
function* aimed(route: ApiRoute, ids: Record<string, string>): Generator<{ path: string; body: unknown }> {
  const values = Object.values(ids)
  const tuples = route.params.reduce<string[][]>(
    (all, _) => all.flatMap((tuple) => values.map((value) => [...tuple, value])),
    [[]],
  )
  const seen = new Set<string>()
  for (const tuple of tuples) {
    for (const value of route.body || route.query.length > 0 ? values : ['']) {
      const id = (name: string) => fieldValue(name, value, ids)
      const body = route.body ? sampleOf(route.body, id) : undefined
      const query = new URLSearchParams()
      for (const { name } of route.query) {
        if (name === 'entityId') query.set(name, String(two.world.contact.id))
        if (name === 'entityType') query.set(name, 'contact')
        if (name === 'cursor') query.set(name, two.victim.cursor)
        if (name === 'query') query.set(name, 'Elena')
      }
      const search = query.size > 0 ? `?${query}` : ''
      const path = `${fillPath(route, tuple)}${search}`
      const aim = JSON.stringify([path, body])
      if (!seen.has(aim)) yield { path, body }
      seen.add(aim)
    }
  }
}

function fieldValue(name: string, value: string, ids: Record<string, string>): string {
  const known: Record<string, string | undefined> = {
    ...{ clientId: CLIENT_ID, entityId: '1', phone: '+15550101234', channelId: ids['channel'] },
    ...{ wabaId: WABA, phoneNumberId: NUMBER, accessToken: TOKEN, text: 'From the second', version: '1' },
  }
  return known[name] ?? value
}

const traces = (): string[] => [
  ...Object.values(two.victim.ids),
  ...[SECRET_TEXT, TOKEN, two.world.simulated.origin, 'Elena', '5550783881', '15550101234'],
]

// What the caller said may come back in a complaint; only what it did not say is a leak.
function leaked({ text }: Answer, said: string): string[] {
  return traces().filter((trace) => text.includes(trace) && !said.includes(trace))
}

async function nothingChanged(work: () => Promise<void>): Promise<void> {
  await two.world.drain()
  await flushCallLog(two.world.deps)
  const look = () => portalSnapshot(two.world.database.superUrl, two.world.portalId)
  const [before, calls, sends] = [await look(), callsToVictim(), two.world.graph.sends.length]
  await work()
  await two.world.drain()
  await flushCallLog(two.world.deps)
  expect(await look()).toEqual(before)
  expect(callsToVictim()).toBe(calls)
  const mine = two.world.graph.sends.slice(sends).filter(({ phoneNumberId }) => phoneNumberId === NUMBER)
  expect(mine).toEqual([])
}

const callsToVictim = () =>
  two.world.bitrix.calls.filter(({ url }) => url.startsWith(two.world.simulated.origin)).length

const shapeOf = (text: string) => {
  const { error } = ApiError.parse(JSON.parse(text))
  return { code: error.code, message: error.message, fields: Object.keys(error).sort() }
}

test('the first portal sees its own: the ids used here are real', async () => {
  const { call } = two.world
  expect((await call('2', 'GET', `/api/conversations/${two.victim.conversation}`)).status).toBe(200)
  expect((await call('1', 'GET', '/api/channels')).body).toMatchObject({
    items: [{ id: two.victim.ids['channel'] }],
  })
  const theirs = await ask(await two.asker.token('2'), 'GET', `/api/conversations/${two.own}`)
  expect([theirs.status, leaked(theirs, '')]).toEqual([200, []])
})

describe.each([
  ['a manager', '2'],
  ['an administrator', '1'],
])('%s of another portal', (_, user) => {
  test('finds nothing of the first, whatever id is asked for, and changes nothing there', async () => {
    await nothingChanged(async () => {
      const token = await two.asker.token(user)
      for (const route of routes) {
        if (route.path === '/api/events') continue
        for (const { path, body } of aimed(route, two.victim.ids)) {
          const answer = await ask(token, route.method, path, body)
          const what = `${route.method} ${path}`
          expect(answer.status, what).toBeLessThan(500)
          expect(leaked(answer, `${path} ${JSON.stringify(body)}`), what).toEqual([])
          two.world.advance(150)
          if (route.params.length === 0) continue
          expect([403, 404], `${what}: ${answer.text}`).toContain(answer.status)
        }
      }
    })
  })

  test('cannot tell an id of the first from one that does not exist', async () => {
    const token = await two.asker.token(user)
    const nobodys = Object.fromEntries(Object.keys(two.victim.ids).map((name) => [name, crypto.randomUUID()]))
    for (const route of routes.filter(({ params }) => params.length > 0)) {
      const real = [...aimed(route, two.victim.ids)]
      const made = [...aimed(route, nobodys)]
      for (const [index, { path, body }] of real.entries()) {
        const other = made[index]
        const [first, second] = [
          await ask(token, route.method, path, body),
          await ask(token, route.method, other?.path ?? '', other?.body),
        ]
        const what = `${route.method} ${path}`
        expect(first.status, what).toBe(second.status)
        expect(shapeOf(first.text), what).toEqual(shapeOf(second.text))
        two.world.advance(300)
      }
    }
  })
})

test('a token that is none, garbage, expired, forged, or of a closed session opens no route', async () => {
  const { deps } = two.world
  const { sessionId } = await two.asker.session('1')
  const key = { portalId: two.asker.portalId, sessionId, userId: '1' }
  const inAnHour = new Date(deps.clock.now() + 3_600_000)
  const good = await two.asker.token('1')
  const [head = '', payload = '', signature = ''] = good.split('.')
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'widget+jwt' })).toString('base64url')
  const bad: Record<string, string | null> = {
    none: null,
    garbage: 'x.y.z',
    'wrong signature': `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
    unsigned: `${unsigned}.${payload}.`,
    'our session, their portal': await signSessionToken(
      deps,
      { ...key, portalId: two.world.portalId },
      inAnHour,
    ),
    'their session, our portal': await signSessionToken(
      deps,
      { ...key, sessionId: (await two.world.session('1')).sessionId },
      inAnHour,
    ),
    expired: await signSessionToken(deps, key, new Date(deps.clock.now() - 1_000)),
  }
  await nothingChanged(async () => {
    for (const route of routes.filter((one) => !one.isPublic)) {
      const [aim] = aimed(route, two.victim.ids)
      for (const [name, token] of Object.entries(bad)) {
        // The one route that takes a token past its time (contract §3.1).
        if (name === 'expired' && route.path === '/api/session/renew') continue
        const answer = await ask(token, route.method, aim?.path ?? '', aim?.body)
        const what = `${name}: ${route.method} ${route.path}`
        expect(answer.status, what).toBe(401)
        expect(shapeOf(answer.text).code, what).toBe('unauthorized')
        expect(leaked(answer, ''), what).toEqual([])
      }
    }
  })
})

test('a manager is refused on every route for administrators, before anything is looked at', async () => {
  const token = await two.world.token('2')
  const guarded = routes.filter(({ path }) => ADMIN_ONLY.some((prefix) => path.startsWith(prefix)))
  expect(guarded.length).toBeGreaterThanOrEqual(ADMIN_ONLY.length)
  await nothingChanged(async () => {
    for (const route of guarded) {
      for (const { path, body } of aimed(route, { own: two.victim.ids['channel'] ?? '', none: newId() })) {
        const answer = await ask(token, route.method, path, body)
        expect([answer.status, shapeOf(answer.text).code], `${route.method} ${path}`).toEqual([
          403,
          'forbidden',
        ])
      }
    }
  })
})

test('the stream of one portal carries no hint of another', async () => {
  const heard: string[] = []
  const response = await two.world.request('/api/events', {
    headers: { authorization: `Bearer ${await two.asker.token('1')}` },
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const listening = (async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      heard.push(part.value)
  })()
  const wait = async (id: string) => {
    for (let i = 0; i < 200 && !heard.join('').includes(id); i++)
      await new Promise((go) => setTimeout(go, 20))
  }
  // The own hint comes after the foreign one would have.
  await two.writeToBoth()
  await wait(two.own)
  await reader?.cancel()
  await listening
  expect(heard.join('')).toContain(two.own)
  expect(heard.join('')).not.toContain(two.victim.conversation)
})
