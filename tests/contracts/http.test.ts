import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttp } from '#server/adapters/node/http.ts'
import type { Http } from '#server/ports/http.ts'
import { createSimulatedHttp } from '../support/simulated-http.ts'

let server: Server
let origin = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/moved') response.writeHead(302, { location: `${origin}/echo` }).end('moved')
    else if (path === '/lost') request.socket.destroy()
    else if (path === '/empty') response.writeHead(204).end()
    else if (path === '/echo') request.pipe(response.writeHead(201, { 'x-method': request.method ?? '' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

const adapters: [string, () => Http][] = [
  ['node', () => createHttp({ allowPrivateUpstreams: true })],
  ['simulated', () => createSimulatedHttp([{ origins: () => [origin], fetch: answerInProcess }])],
]

describe.each(adapters)('the %s adapter', (_, create) => {
  const ask = (path: string, init: RequestInit = {}, timeoutMs = 2000) =>
    create()(new Request(`${origin}${path}`, init), { timeoutMs })

  test('carries method, headers, body and status both ways', async () => {
    const response = await ask('/echo', { method: 'POST', body: 'grüße' })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-method')).toBe('POST')
    expect(await response.text()).toBe('grüße')
  })

  test('hands an answer without a body on', async () => {
    expect((await ask('/empty')).status).toBe(204)
  })

  test('never follows a redirect', async () => {
    const response = await ask('/moved', { method: 'POST', body: 'secret' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(`${origin}/echo`)
  })

  test('does not know what became of a request whose answer was lost or late', async () => {
    const outcome = { code: 'unavailable', retry: 'unknown-outcome' }
    await expect(ask('/lost', { method: 'POST', body: 'x' })).rejects.toMatchObject(outcome)
    await expect(ask('/silent', {}, 150)).rejects.toMatchObject(outcome)
  })
})

// What the little server above does, without a socket.
async function answerInProcess(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/moved') {
    return new Response(null, { status: 302, headers: { location: `${origin}/echo` } })
  }
  if (pathname === '/lost') throw new TypeError('fetch failed')
  if (pathname === '/empty') return new Response(null, { status: 204 })
  if (pathname === '/silent') {
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  }
  return new Response(await request.text(), { status: 201, headers: { 'x-method': request.method } })
}
