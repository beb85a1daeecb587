import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveAssets } from '#server/adapters/node/serve-assets.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(50)
let folder: string
let app: Hono
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasync-assets-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'assets', 'tab-abc.js'), SCRIPT)
  await writeFile(join(folder, 'secret.js'), 'nobody reads this')
  app = new Hono().use('/assets/*', serveAssets(folder))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const get = (path: string, encoding?: string, method = 'GET') =>
  app.request(path, { method, headers: encoding ? { 'accept-encoding': encoding } : {} })

test('a file is packed for who takes it, as it is for who does not, and kept for good by both', async () => {
  const [packed, plain] = [await get('/assets/tab-abc.js', 'br, gzip'), await get('/assets/tab-abc.js')]
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(SCRIPT)
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(await plain.text()).toBe(SCRIPT)
  for (const answer of [packed, plain]) {
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('vary')).toBe('Accept-Encoding')
  }
})

test('what is not a built file is not there', async () => {
  const paths = [
    '/assets/none.js',
    '/assets/',
    '/assets/..%2fsecret.js',
    '/assets/%2e%2e/secret.js',
    '/assets/.env',
  ]
  for (const path of paths) expect((await get(path)).status).toBe(404)
  expect((await get('/assets/tab-abc.js', undefined, 'POST')).status).toBe(404)
})
