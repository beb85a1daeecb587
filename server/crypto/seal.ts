import { AppError } from '../errors.ts'

/** A symmetric key with the id that is written into what it seals. */
export type SealKey = { id: string; key: CryptoKey }

const VERSION = 1
const IV_BYTES = 12
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** AES-256-GCM over `plain`, bound to `place` (portal, table, column, row). Cell: version, id length, key id, iv, ciphertext with tag. */
export async function seal(
  sealKey: SealKey,
  place: readonly string[],
  plain: Uint8Array,
): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const additionalData = bindTo(place, sealKey.id)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, sealKey.key, own(plain))
  return concat(header(sealKey.id), iv, new Uint8Array(sealed))
}

/** Opens what `seal` made for the same place. Throws `seal_broken` when anything differs. */
export async function open(
  sealKey: SealKey,
  place: readonly string[],
  cell: Uint8Array,
): Promise<Uint8Array> {
  const { keyId, iv, body } = split(cell)
  if (keyId !== sealKey.id) throw new AppError('seal_broken', 'The cell was sealed with another key.')
  try {
    const additionalData = bindTo(place, keyId)
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, sealKey.key, body),
    )
  } catch (cause) {
    throw new AppError('seal_broken', 'The cell does not open at this place.', { cause })
  }
}

/** The id of the key that sealed a cell. Throws `seal_broken` for what is no cell. */
export function keyIdOf(cell: Uint8Array): string {
  return split(cell).keyId
}

/** What a sealed cell starts with: version, length of the id, id. */
export function header(keyId: string): Uint8Array {
  const id = encoder.encode(keyId)
  return concat(Uint8Array.of(VERSION, id.length), id)
}

/** Length-prefixed parts, so that no two places read the same. */
export function bindTo(place: readonly string[], keyId: string): Uint8Array<ArrayBuffer> {
  const parts = [...place, keyId].map((part) => encoder.encode(part))
  return concat(...parts.flatMap((part) => [Uint8Array.of(part.length >> 8, part.length & 255), part]))
}

function split(cell: Uint8Array) {
  const idEnd = 2 + (cell[1] ?? 0)
  if (cell[0] !== VERSION || cell.length < idEnd + IV_BYTES + 16) {
    throw new AppError('seal_broken', 'This is not a sealed cell.')
  }
  return {
    keyId: decoder.decode(cell.subarray(2, idEnd)),
    iv: own(cell.subarray(idEnd, idEnd + IV_BYTES)),
    body: own(cell.subarray(idEnd + IV_BYTES)),
  }
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

// WebCrypto's types want bytes that are surely not shared memory.
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
