import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { MiddlewareHandler } from 'hono'
import { getMimeType } from 'hono/utils/mime'

type Asset = { plain: Uint8Array<ArrayBuffer>; packed: Uint8Array<ArrayBuffer>; type: string }

const pack = promisify(gzip)
const FOREVER = 'public, max-age=31536000, immutable'

/**
 * Serves the built widget from memory, packed for who takes it: a card waits for some twenty of these files, and a look at the
 * disk for each doubles that. What is not there is left to the next handler. Every name carries a hash of its content.
 */
export function serveAssets(folder: string): MiddlewareHandler {
  const kept = new Map<string, Asset>()
  return async (c, next) => {
    const name = /^\/assets\/([\w-][\w.-]*)$/.exec(c.req.path)?.[1]
    if (!name || !(c.req.method === 'GET' || c.req.method === 'HEAD')) return next()
    const asset = kept.get(name) ?? (await read(join(folder, 'assets', name)))
    if (!asset) return next()
    kept.set(name, asset)
    const isPacked = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    return c.body(isPacked ? asset.packed : asset.plain, 200, {
      'Content-Type': asset.type,
      'Cache-Control': FOREVER,
      Vary: 'Accept-Encoding',
      ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
    })
  }
}

async function read(path: string): Promise<Asset | undefined> {
  const file = await readFile(path).catch(() => undefined)
  if (!file) return undefined
  const plain = new Uint8Array(file)
  const packed = new Uint8Array(await pack(plain, { level: 9 }))
  return { plain, packed, type: getMimeType(path) ?? 'application/octet-stream' }
}
