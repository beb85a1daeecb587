import { AppError } from '../errors.ts'
import { keyIdOf, open, seal, type SealKey } from './seal.ts'

export type EncryptionKey = { id: string; key: Uint8Array }
type Use = 'wrap' | 'intake' | 'session' | 'tombstone' | 'exchange' | 'client'

/** The keys of ENCRYPTION_KEYS: the first one seals, all open. One derived key per use (HKDF-SHA256, decision 8). */
export interface Keyring {
  readonly ids: readonly string[]
  seal(use: 'wrap' | 'intake', place: readonly string[], plain: Uint8Array): Promise<Uint8Array>
  open(use: 'wrap' | 'intake', place: readonly string[], cell: Uint8Array): Promise<Uint8Array>
  /** Raw bytes of the first derived key, for adapters with their own cipher. */
  first(use: Use): Promise<{ id: string; raw: Uint8Array }>
  /** Raw bytes of a derived key by id, or undefined when we do not have it. */
  raw(use: Use, id: string): Promise<Uint8Array | undefined>
  /** HMAC-SHA256 with the first key. */
  mac(use: Use, text: string): Promise<{ keyId: string; hash: Uint8Array }>
  /** HMAC-SHA256 with every key, first key first: to find what an older one made. */
  macs(use: Use, text: string): Promise<{ keyId: string; hash: Uint8Array }[]>
}

/** Builds the keyring; `entries` must hold at least one 32-byte key. */
export function createKeyring(entries: readonly EncryptionKey[]): Keyring {
  const [main] = entries
  if (!main) throw new AppError('internal', 'ENCRYPTION_KEYS holds no key.')
  const cache = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const raw = (entry: EncryptionKey, use: Use) => {
    const name = `${use}:${entry.id}`
    const known = cache.get(name) ?? derive(entry.key, use)
    cache.set(name, known)
    return known
  }
  const ciphers = new Map<string, Promise<SealKey>>()
  const cipher = (entry: EncryptionKey, use: Use): Promise<SealKey> => {
    const name = `${use}:${entry.id}`
    const known = ciphers.get(name) ?? raw(entry, use).then((bytes) => toCipher(entry.id, bytes))
    ciphers.set(name, known)
    return known
  }
  const macWith = async (entry: EncryptionKey, use: Use, text: string) => ({
    keyId: entry.id,
    hash: await hmacSha256(await raw(entry, use), new TextEncoder().encode(text)),
  })
  const byId = (id: string) => entries.find((entry) => entry.id === id)
  return {
    ids: entries.map((entry) => entry.id),
    seal: async (use, place, plain) => seal(await cipher(main, use), place, plain),
    open: async (use, place, cell) => {
      const entry = byId(keyIdOf(cell))
      if (!entry) throw new AppError('seal_broken', 'The key that sealed this is not in ENCRYPTION_KEYS.')
      return open(await cipher(entry, use), place, cell)
    },
    first: async (use) => ({ id: main.id, raw: await raw(main, use) }),
    raw: async (use, id) => {
      const entry = byId(id)
      return entry && raw(entry, use)
    },
    mac: (use, text) => macWith(main, use, text),
    macs: (use, text) => Promise.all(entries.map((entry) => macWith(entry, use, text))),
  }
}

/** HMAC-SHA256 of `data` under a raw key, 32 bytes. */
export async function hmacSha256(
  key: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data))
}

async function toCipher(id: string, raw: Uint8Array<ArrayBuffer>): Promise<SealKey> {
  return { id, key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']) }
}

async function derive(key: Uint8Array, use: Use): Promise<Uint8Array<ArrayBuffer>> {
  const base = await crypto.subtle.importKey('raw', new Uint8Array(key), 'HKDF', false, ['deriveBits'])
  const info = new TextEncoder().encode(`wasync/v1/${use}`)
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    base,
    256,
  )
  return new Uint8Array(bits)
}
