import { afterEach, beforeEach, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { endSessions } from '#server/portal/sessions.ts'
import { addTenant, createWorld, NUMBER, type World } from '../support/conversation-world.ts'

let world: World
const open: ReadableStreamDefaultReader<Uint8Array>[] = []
beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.cancel()
  await world.close()
})

async function listen(token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await world.request('/api/events', { headers })
  let text = ''
  let ended = false
  const reader = response.body?.getReader()
  if (!reader) throw new Error('no body')
  open.push(reader)
  const decoder = new TextDecoder()
  const pump = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    ended = true
  }
  void pump().catch(() => {})
  const ids = () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''))
  return { response, ids, text: () => text, ended: () => ended }
}

const until = async (check: () => boolean, withinMs = 5000) => {
  const end = performance.now() + withinMs
  while (!check() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(check()).toBe(true)
}

test('a message becomes a hint with an id and nothing else, and asks the portal nothing', async () => {
  const id = await world.begin('First')
  const stream = await listen(await world.token('2'))
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  await until(() => stream.text().startsWith(':'))
  const calls = world.bitrix.calls.length
  world.customer.write({ to: NUMBER, text: 'LEAK_PROBE_text' })
  await world.graph.settle()
  await world.drain()
  await until(() => stream.ids().length > 0)
  expect(stream.ids()[0]).toEqual({ type: 'conversation', id })
  expect(stream.text()).not.toContain('LEAK_PROBE')
  expect(world.bitrix.calls.slice(calls).filter(({ method }) => method === 'crm.item.list')).toEqual([])
})

test('what happens on another portal is not heard', async () => {
  const other = await addTenant(world)
  const stream = await listen(await other.token('1'))
  await until(() => stream.text().startsWith(':'))
  await world.begin('Not for you')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(stream.ids()).toEqual([])
})

test('the stream ends with its session', { timeout: 30_000 }, async () => {
  const stream = await listen(await world.token('2'))
  await until(() => stream.text().startsWith(':'))
  await withPortal(world.deps.db, world.portalId, (tx) => endSessions(tx, world.portalId, '2'))
  await until(() => stream.ended(), 12_000)
})

test('nobody listens without a session', async () => {
  const stream = await listen('nonsense')
  expect(stream.response.status).toBe(401)
})

test('every path of the API is described, for everybody to read', async () => {
  const response = await world.request('/api/openapi.json')
  expect(response.status).toBe(200)
  const document = (await response.json()) as { paths: Record<string, unknown>; components: object }
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/api/conversations/{id}/messages',
      '/api/conversations/{id}/messages/{messageId}/attempts',
      '/api/conversations/{id}/read',
      '/api/channels',
      '/api/channels/{id}',
      '/api/events',
    ]),
  )
  expect(document.components).toMatchObject({
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
  })
})
