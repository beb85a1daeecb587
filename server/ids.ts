declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

export type PortalId = Id<'portal'>
export type ChannelId = Id<'channel'>
export type PersonId = Id<'person'>
export type ConversationId = Id<'conversation'>
export type MessageId = Id<'message'>
export type AttemptId = Id<'attempt'>
export type SessionId = Id<'session'>
export type DeliveryId = Id<'delivery'>
export type Wamid = Id<'wamid'>

/** Marks a checked string as an id of a kind. Use it only where the row or the wire has just been read. */
export function asId<T extends Id<string>>(value: string): T {
  return value as T
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const RANDOM_BYTES = 10
// Random bytes are asked for in blocks: a call costs as much as all the rest of an id.
const pool = new Uint8Array(RANDOM_BYTES * 128)
let poolAt = pool.length

function takeRandom(): Uint8Array {
  if (poolAt === pool.length) {
    crypto.getRandomValues(pool)
    poolAt = 0
  }
  poolAt += RANDOM_BYTES
  return pool.subarray(poolAt - RANDOM_BYTES, poolAt)
}

/** A fresh UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits; later ones sort after earlier ones. */
export function newId<T extends Id<string> = Id<string>>(now: number = Date.now()): T {
  const time = Math.floor(now).toString(16).padStart(12, '0')
  const random = takeRandom()
  random[0] = 0x70 | ((random[0] ?? 0) & 0x0f)
  random[2] = 0x80 | ((random[2] ?? 0) & 0x3f)
  let id = `${time.slice(0, 8)}-${time.slice(8)}-`
  for (let index = 0; index < RANDOM_BYTES; index++) {
    if (index === 2 || index === 4) id += '-'
    id += HEX[random[index] ?? 0] ?? ''
  }
  return id as T
}
