import { serve, type ServerType } from '@hono/node-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inboundText, deliveryBody } from '#tests/support/make.ts'
import { startGraph, type Started } from './graph-api-fixture.ts'

let graph: Started
let server: ServerType | undefined
beforeEach(() => {
  graph = startGraph()
  graph.ana.write({ to: '111', text: 'hi' })
})
afterEach(() => {
  server?.close()
  server = undefined
  graph.api.close()
})

const send = () => graph.send({ to: '37369123456', biz_opaque_callback_data: 'a' })

test('an ordered refusal comes once, as ordered, and is on record', async () => {
  graph.api.control.failNext({
    route: 'messages',
    as: { status: 503, code: 2, isTransient: true, retryAfter: 7, details: 'busy' },
  })
  const answer = await send()
  expect(answer).toMatchObject({
    status: 503,
    body: { error: { code: 2, is_transient: true, error_data: { details: 'busy' } } },
  })
  expect(answer.headers.get('retry-after')).toBe('7')
  expect((await send()).status).toBe(200)
  expect(graph.api.sends.map((one) => one.error?.code ?? null)).toEqual([2, null])
})

test('an answer that is lost was accepted, a lost request was not', async () => {
  graph.api.control.failNext({ route: 'messages', as: 'reset-before' })
  await expect(send()).rejects.toThrow('fetch failed')
  expect(graph.api.acceptedBy('a')).toBe(0)
  graph.api.control.failNext({ route: 'messages', as: 'reset-after' })
  await expect(send()).rejects.toThrow('fetch failed')
  expect(graph.api.acceptedBy('a')).toBe(1)
  await graph.api.settle()
  expect(graph.statuses()).toEqual(['sent', 'delivered'])
  expect(graph.api.sends).toHaveLength(2)
})

test('a timeout ends when the caller gives up', async () => {
  graph.api.control.failNext({ route: 'messages', as: 'timeout' })
  const request = new Request('http://graph.test/v25.0/111/messages', {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(20),
  })
  await expect(graph.api.fetch(request)).rejects.toThrow()
})

test('faults of other routes leave sends alone, 500 is code 1', async () => {
  graph.api.control.failNext({ route: 'subscribed_apps', as: '500', times: 2 })
  expect((await send()).status).toBe(200)
  for (let i = 0; i < 2; i += 1) {
    expect(await graph.post('/v25.0/500/subscribed_apps')).toMatchObject({
      status: 500,
      body: { error: { code: 1 } },
    })
  }
  expect((await graph.post('/v25.0/500/subscribed_apps')).status).toBe(200)
})

test('a raw delivery is signed with the given secret or not at all', async () => {
  const body = deliveryBody([
    inboundText({ phoneNumberId: '111', wabaId: '500', from: '37369123456', text: 'ă' }),
  ])
  await graph.api.post(body)
  expect(graph.seen.at(-1)).toMatchObject({ signed: true })
  await graph.api.post(body, { secret: 'wrong' })
  expect(graph.seen.at(-1)).toMatchObject({ signed: false })
  await graph.api.post(body, { signature: null })
  expect(graph.seen.at(-1)).toMatchObject({ signed: false })
  await graph.api.settle()
  const before = graph.seen.length
  await graph.api.repeatLast()
  expect(graph.seen).toHaveLength(before + 1)
})

test('on a port a lost answer is a cut connection', async () => {
  const url = await new Promise<string>((resolve) => {
    server = serve({ fetch: graph.api.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    )
  })
  graph.api.control.failNext({ route: 'any', as: 'reset-after' })
  await expect(fetch(`${url}/v25.0/111`)).rejects.toThrow('fetch failed')
  const page = await fetch(url)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(await page.text()).toContain('aria-label="Message"')
})

test('the control endpoints write, read, order faults and check their input', async () => {
  const post = (path: string, body: object) => graph.post(`/_control/${path}`, { ...body }, null)
  expect(
    (await post('write', { customer: '+373 69 123456', to: '111', text: 'by http' })).body,
  ).toMatchObject({ ok: true })
  expect((await post('write', { customer: '1', to: '111', text: 'x' })).status).toBe(422)
  expect((await post('statuses', { mode: 'sometimes' })).status).toBe(400)
  expect((await post('fail-next', { route: 'messages', as: '500' })).status).toBe(200)
  expect((await send()).status).toBe(500)
  expect((await send()).status).toBe(200)
  await graph.api.settle()
  const thread = await graph.call('/_control/thread?customer=37369123456&number=111', {}, null)
  expect(thread.body).toMatchObject({
    messages: [
      { text: 'hi' },
      { text: 'by http', status: 'delivered' },
      { from: 'business', status: 'delivered' },
    ],
    window: { open: true },
  })
  expect((await post('close-window', { customer: '37369123456', number: '111' })).status).toBe(200)
  expect((await graph.call('/_control/state', {}, null)).body).toMatchObject({ sends: 2, pendingWebhooks: 0 })
})
