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

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether this has the form of our ids, in lower case as we write them; the database would answer anything else with an error. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)

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

// Clocks of one process that differ by less count as one.
const SAME_CLOCK_MS = 5
let lastMs = -1
let sequence = 0

// RFC 9562 §6.2, method 1: within a millisecond the twelve bits behind it count.
function countFrom(now: number, start: number): void {
  if (now > lastMs || now < lastMs - SAME_CLOCK_MS) {
    lastMs = now
    sequence = start
  } else if (sequence < 0xfff) {
    sequence += 1
  } else {
    lastMs += 1
    sequence = 0
  }
}

/** A fresh UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, a count within them, then random bits. In one process every later one sorts after every earlier one. */
export function newId<T extends Id<string> = Id<string>>(now: number = Date.now()): T {
  const random = takeRandom()
  countFrom(Math.floor(now), random[1] ?? 0)
  const time = lastMs.toString(16).padStart(12, '0')
  random[0] = 0x70 | (sequence >> 8)
  random[1] = sequence & 0xff
  random[2] = 0x80 | ((random[2] ?? 0) & 0x3f)
  let id = `${time.slice(0, 8)}-${time.slice(8)}-`
  for (let index = 0; index < RANDOM_BYTES; index++) {
    if (index === 2 || index === 4) id += '-'
    id += HEX[random[index] ?? 0] ?? ''
  }
  return id as T
}
