import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ApiError } from '#server/contract.ts'
import type { ConversationId } from '#server/ids.ts'
import { apiRoutes, fillPath, sampleOf, type ApiRoute } from '../support/api-routes.ts'
import { createWorld, type World } from '../support/conversation-world.ts'
import { NASTY, odd } from '../support/nasty.ts'
import { createSeeded, type Seeded } from '../support/seeded.ts'

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_801)
const ROUNDS = 12

let world: World
let id: ConversationId
let routes: ApiRoute[]
beforeAll(async () => {
  world = await createWorld()
  id = await world.begin()
  routes = await apiRoutes(world)
}, 60_000)
afterAll(() => world.close())
// So that the limit of requests a minute does not answer instead.
beforeEach(() => world.advance(61_000))

/** A body of the right shape with some places filled with what nobody would send. */
function spoil(body: unknown, random: Seeded): unknown {
  if (typeof body !== 'object' || body === null || random.next() < 0.1) return odd(random)
  const entries = Object.entries(body).map(([key, value]) => [key, random.next() < 0.5 ? odd(random) : value])
  if (random.next() < 0.3) entries.push([random.pick(NASTY), odd(random)])
  return Object.fromEntries(entries)
}

type Shot = { path: string; init: RequestInit }

async function shootAt(route: ApiRoute, random: Seeded): Promise<Shot> {
  const values = route.params.map(() => (random.next() < 0.3 ? id : random.pick(NASTY)))
  const query = new URLSearchParams()
  for (const { name } of route.query) if (random.next() < 0.5) query.append(name, random.pick(NASTY))
  if (random.next() < 0.2) query.append(random.pick(NASTY), random.pick(NASTY))
  const body =
    route.body &&
    spoil(
      sampleOf(route.body, () => crypto.randomUUID()),
      random,
    )
  const headers = {
    authorization: `Bearer ${await world.token('1')}`,
    'content-type': random.pick([
      'application/json',
      'application/json',
      'text/plain',
      'application/xml',
      '',
      'a/b;c',
    ]),
  }
  const text = random.pick([JSON.stringify(body), JSON.stringify(body).slice(0, -1), '\0', '{"a":1}{"b":2}'])
  return {
    path: `${fillPath(route, values).replaceAll('%2F', '/')}?${query}`,
    init: { method: route.method, headers, ...(route.body ? { body: text } : {}) },
  }
}

const outcome = async (response: Response) => {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  const text = isStream ? '' : await response.text()
  if (isStream) await response.body?.cancel()
  return { status: response.status, text }
}

// Disconnecting the number would make everything after it uninteresting; it is asked for by wrong ids only.
const isHarmless = ({ method, path }: ApiRoute) => !(method === 'GET' && path === '/api/events')

test('whatever stands in path, query and body of any route is refused with a code of ours, never a 500', async () => {
  const random = createSeeded(SEED)
  const bad: string[] = []
  let refused = 0
  for (const route of routes.filter(isHarmless)) {
    for (let round = 0; round < ROUNDS; round++) {
      const { path, init } = await shootAt(route, random)
      const { status, text } = await outcome(await world.request(path, init))
      world.advance(500)
      if (status >= 400) refused++
      const shaped = status < 400 || ApiError.safeParse(text === '' ? null : JSON.parse(text)).success
      if (status >= 500 || !shaped || /\bat .*:\d+:\d+|node_modules|select |insert /i.test(text))
        bad.push(`seed ${SEED}: ${init.method} ${path} ${String(init.body)} → ${status} ${text}`)
    }
  }
  expect(bad).toEqual([])
  expect(refused).toBeGreaterThan(routes.length * 3)
})

test('an id that is none is nobody’s: 404 or 422, on every route that takes one', async () => {
  const headers = { authorization: `Bearer ${await world.token('1')}`, 'content-type': 'application/json' }
  for (const route of routes.filter(({ params }) => params.length > 0)) {
    for (const value of NASTY.filter((text) => text !== '' && text !== '.' && text !== '..')) {
      const body = route.body ? { body: JSON.stringify(sampleOf(route.body, () => crypto.randomUUID())) } : {}
      const path = fillPath(
        route,
        route.params.map(() => (value.isWellFormed() ? value : 'x')),
      )
      const { status, text } = await outcome(
        await world.request(path, { method: route.method, headers, ...body }),
      )
      expect([404, 422], `${route.method} ${path}: ${text}`).toContain(status)
      world.advance(200)
    }
  }
})

test('a method that is not there, a path that is not there: 404 in the one shape, with the protecting headers', async () => {
  const paths = [
    '/api/me',
    '/api/nothing',
    '/webhooks/meta',
    '/placements/nothing',
    '/nothing',
    '/bitrix/install',
  ]
  for (const path of paths) {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE2', 'OPTIONS']) {
      if (path === '/api/me' && method === 'PUT') continue
      const response = await world.request(path, { method })
      const { status, text } = await outcome(response)
      expect([401, 404, 405], `${method} ${path}`).toContain(status)
      expect(ApiError.parse(JSON.parse(text)).error.requestId).toBeTruthy()
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  }
})

test('a body of the API over its limit is refused before it is read', async () => {
  const headers = { authorization: `Bearer ${await world.token('2')}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ clientId: crypto.randomUUID(), text: 'x'.repeat(5_000_000) })
  const { status, text } = await outcome(
    await world.request(`/api/conversations/${id}/messages`, { method: 'POST', headers, body }),
  )
  expect([status, ApiError.parse(JSON.parse(text)).error.code]).toEqual([413, 'too_large'])
})

test('`__proto__` and `constructor` are names like any other and change nothing', async () => {
  const headers = { authorization: `Bearer ${await world.token('1')}`, 'content-type': 'application/json' }
  const body =
    '{"language":"en","theme":"dark","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}'
  expect((await world.request('/api/me', { method: 'PUT', headers, body })).status).toBe(204)
  expect(Object.prototype).not.toHaveProperty('isAdmin')
  const form = 'auth[__proto__][x]=1&auth[constructor][prototype][y]=1&event=ONAPPTEST'
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await world.request('/bitrix/events', { method: 'POST', headers: type, body: form })
  expect(answer.status).toBeLessThan(500)
  expect(Object.prototype).not.toHaveProperty('x')
  expect(Object.prototype).not.toHaveProperty('y')
})

describe('what the portal posts', () => {
  const post = async (path: string, body: string, type = 'application/x-www-form-urlencoded') =>
    outcome(await world.request(path, { method: 'POST', body, headers: { 'content-type': type } }))
  const paths = [
    '/bitrix/install',
    '/bitrix/app',
    '/bitrix/events',
    ...['contact', 'lead', 'deal', 'company'].map((name) => `/placements/${name}`),
  ]

  test('nonsense is refused and never a 500, whatever it says it is', async () => {
    const random = createSeeded(SEED + 1)
    for (const path of paths) {
      for (let round = 0; round < 25; round++) {
        const names = [
          'auth[member_id]',
          'member_id',
          'AUTH_ID',
          'REFRESH_ID',
          'PLACEMENT_OPTIONS',
          'DOMAIN',
          'event',
          'auth[x][y][]',
          'data[a][b]',
          'SERVER_ENDPOINT',
          'APP_SID',
        ] as const
        const body = names
          .filter(() => random.next() < 0.6)
          .map((name) => `${random.next() < 0.8 ? name : random.pick(NASTY)}=${random.pick(NASTY)}`)
          .join(random.pick(['&', '&&', ';']))
        const type = random.pick([
          'application/x-www-form-urlencoded',
          'application/json',
          'multipart/form-data; boundary=x',
          'text/plain',
        ])
        const { status, text } = await post(path, body, type)
        expect(status, `seed ${SEED + 1}: ${path} ${body} → ${text}`).toBeLessThan(500)
      }
    }
  })

  test('a form that is deep, wide or over the limit is refused in no time', async () => {
    const started = performance.now()
    for (const path of paths) {
      const deep = `a${'[b]'.repeat(20_000)}=1`
      const wide = Array.from({ length: 20_000 }, (_, n) => `k${n}[]=${n}`).join('&')
      for (const body of [deep, wide, 'x'.repeat(5_000_000)]) {
        const { status } = await post(path, body)
        expect(status, path).toBeLessThan(500)
      }
    }
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
