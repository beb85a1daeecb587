import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createHttp } from '#server/adapters/node/http.ts'

let server: Server
let port = 0
let hits = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    hits++
    response.end(request.url === '/large' ? Buffer.alloc(200_000) : 'internal')
  })
  server.on('connection', () => hits++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  hits = 0
})

const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const ask = (url: string, resolve?: ReturnType<typeof resolvesTo>) =>
  createHttp({ allowPrivateUpstreams: false, ...(resolve && { resolve }) })(new Request(url), {
    timeoutMs: 3000,
  })
const portOfNobody = async (): Promise<number> => {
  const shortLived = createServer()
  await new Promise<void>((resolve) => shortLived.listen(0, '127.0.0.1', resolve))
  const { port: free } = shortLived.address() as AddressInfo
  await new Promise((resolve) => shortLived.close(resolve))
  return free
}
const refused = { code: 'host_refused', retry: 'never' }

test.each([
  'http://portal.example.org/rest/',
  'https://127.0.0.1:PORT/',
  'https://127.1:PORT/',
  'https://2130706433:PORT/',
  'https://0x7f.1:PORT/',
  'https://0177.0.0.1:PORT/',
  'https://①②⑦.0.0.1:PORT/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.64.0.1/',
  'https://[::1]:PORT/',
  'https://[::]:PORT/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[::ffff:127.0.0.1]:PORT/',
  'https://[::ffff:7f00:1]:PORT/',
  'https://[2002:7f00:1::]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::7f00:1]/',
])('%s is refused before a connection', async (url) => {
  await expect(ask(url.replace('PORT', String(port)))).rejects.toMatchObject(refused)
  expect(hits).toBe(0)
})

test.each([
  ['loopback', ['127.0.0.1']],
  ['a private net', ['192.168.0.10']],
  ['the metadata service', ['169.254.169.254']],
  ['loopback in IPv6', ['::1']],
  ['a mapped address', ['::ffff:127.0.0.1']],
  ['6to4 around loopback', ['2002:7f00:1::']],
  ['NAT64 around a private net', ['64:ff9b::a00:1']],
  ['one public and one private address', ['93.184.216.34', '127.0.0.1']],
])('a name that resolves to %s is refused before a connection', async (_, addresses) => {
  const call = ask(`https://portal.example.org:${port}/`, resolvesTo(...addresses))
  await expect(call).rejects.toMatchObject(refused)
  expect(hits).toBe(0)
})

test.each(['localhost', 'localhost.'])('%s is refused, however it is spelled', async (host) => {
  await expect(ask(`https://${host}:${port}/`, resolvesTo('127.0.0.1'))).rejects.toMatchObject(refused)
  expect(hits).toBe(0)
})

test('an address with credentials cannot even be asked for', () => {
  expect(() => new Request('https://portal.bitrix24.com@127.0.0.1/')).toThrow(TypeError)
})

test('the address that was checked is the address that is connected to', async () => {
  const asked: string[] = []
  const http = createHttp({
    allowPrivateUpstreams: true,
    resolve: async (host) => {
      asked.push(host)
      return [{ address: '127.0.0.1', family: 4 }]
    },
  })
  const response = await http(new Request(`http://rebinding.example.org:${port}/`), { timeoutMs: 2000 })
  expect(await response.text()).toBe('internal')
  expect(asked).toEqual(['rebinding.example.org'])
})

test('where surely nothing was sent it may be tried later', async () => {
  const later = { code: 'unavailable', retry: 'later' }
  const http = createHttp({ allowPrivateUpstreams: true })
  const closed = await portOfNobody()
  await expect(http(new Request(`http://127.0.0.1:${closed}/`), { timeoutMs: 2000 })).rejects.toMatchObject(
    later,
  )
  const nameless = createHttp({ allowPrivateUpstreams: false, resolve: resolvesTo() })
  const call = nameless(new Request('https://nowhere.example.org/'), { timeoutMs: 2000 })
  await expect(call).rejects.toMatchObject(later)
})

test('an answer above the cap is dropped', async () => {
  const http = createHttp({ allowPrivateUpstreams: true })
  const call = http(new Request(`http://127.0.0.1:${port}/large`), { timeoutMs: 2000, maxBytes: 100_000 })
  await expect(call).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown-outcome' })
})
