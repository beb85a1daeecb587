import { createHmac } from 'node:crypto'
import { signBody } from '#tests/support/signed.ts'

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** JSON with the bytes Meta sends: `\uXXXX` in lower-case hex for everything beyond ASCII, `\/` for a slash. */
export const metaJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/[^\x00-\x7f]/g, escapeUnit)
    .replaceAll('/', '\\/')

export type Body = object | string | Uint8Array

/** The bytes of a body: objects as Meta writes them, strings and bytes as they are. */
export const toBytes = (body: Body): Uint8Array<ArrayBuffer> => {
  if (body instanceof Uint8Array) return Uint8Array.from(body)
  return new TextEncoder().encode(typeof body === 'string' ? body : metaJson(body))
}

/** A webhook POST as Meta makes it; `signature: null` leaves the signature out. */
export const signedRequest = (
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
  how: { secret: string; signature?: string | null | undefined },
): Request => {
  const headers = new Headers({ 'content-type': 'application/json', 'user-agent': 'facebookexternalua' })
  const signature = how.signature === undefined ? signBody(how.secret, bytes) : how.signature
  if (signature !== null) headers.set('x-hub-signature-256', signature)
  if (how.signature === undefined) {
    headers.set('x-hub-signature', `sha1=${createHmac('sha1', how.secret).update(bytes).digest('hex')}`)
  }
  return new Request(url, { method: 'POST', headers, body: bytes })
}
