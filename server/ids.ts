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

/** A fresh UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits; later ones sort after earlier ones. */
export function newId<T extends Id<string> = Id<string>>(now: number = Date.now()): T {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  new DataView(bytes.buffer).setUint32(0, Math.floor(now / 65_536))
  new DataView(bytes.buffer).setUint16(4, now % 65_536)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as T
}
