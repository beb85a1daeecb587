import { z } from 'zod'

// Each message completes "NAME …" and never quotes the value: some of them are secrets.

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)

const isBare = (url: URL): boolean => !url.username && !url.password && !url.search && !url.hash

const protocols = (allowHttp: boolean): string[] => (allowHttp ? ['https:', 'http:'] : ['https:'])

const isWebUrl = (text: string, allowHttp: boolean): boolean => {
  const url = parseUrl(text)
  return url !== null && protocols(allowHttp).includes(url.protocol) && isBare(url)
}

const isOrigin = (text: string, allowHttp: boolean): boolean =>
  isWebUrl(text, allowHttp) && new URL(text).pathname === '/'

const scheme = (allowHttp: boolean): string => (allowHttp ? 'http or https' : 'https')

/** `https://host[:port]`, a trailing slash allowed; plain http only when asked for. */
export const origin = (allowHttp: boolean) =>
  z
    .string()
    .refine((text) => isOrigin(text, allowHttp), `must be an ${scheme(allowHttp)} origin without a path`)
    .transform((text) => new URL(text).origin)

/** One or more comma-separated origins. */
export const origins = (allowHttp: boolean) =>
  z
    .string()
    .transform((text) => splitList(text))
    .refine(
      (list) => list.length > 0 && list.every((text) => isOrigin(text, allowHttp)),
      `must be comma-separated ${scheme(allowHttp)} origins without a path`,
    )
    .transform((list) => [...new Set(list.map((text) => new URL(text).origin))])

/** A web address with an optional path; returned without trailing slashes. */
export const webUrl = (allowHttp: boolean) =>
  z
    .string()
    .refine(
      (text) => isWebUrl(text, allowHttp),
      `must be an ${scheme(allowHttp)} URL without credentials or query`,
    )
    .transform((text) => new URL(text).href.replace(/\/+$/, ''))

/** A URL of one of the given schemes with a host, such as `postgres://…`. */
export const urlOf = (...schemes: string[]) =>
  z.string().refine(
    (text) => {
      const url = parseUrl(text)
      return url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== ''
    },
    `must be a URL that begins with ${schemes.map((name) => `${name}://`).join(' or ')}`,
  )

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Between one and `most` comma-separated values. */
export const list = (most: number) =>
  z
    .string()
    .transform(splitList)
    .refine(
      (parts) => parts.length >= 1 && parts.length <= most,
      `must hold 1 to ${most} comma-separated values`,
    )

/** A whole number within bounds, both included. */
export const whole = (from: number, to: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to, {
      error: `must be a whole number from ${from} to ${to}`,
    })
    .transform(Number)

export type EncryptionKey = { id: string; key: Uint8Array<ArrayBuffer> }

const parseKey = (text: string): EncryptionKey | null => {
  const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{43})=?$/.exec(text) ?? []
  if (!id || !encoded) return null
  const bytes = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  return { id, key: Uint8Array.from(bytes, (char) => char.charCodeAt(0)) }
}

const parseKeys = (text: string): EncryptionKey[] => {
  const keys = splitList(text).map(parseKey)
  const good = keys.filter((key) => key !== null)
  return good.length === keys.length ? good : []
}

/** `keyId:base64url-32-bytes[,…]`; the first one seals, all open. */
export const encryptionKeys = z
  .string()
  .transform(parseKeys)
  .refine((keys) => keys.length > 0, 'must be keyId:base64url-32-bytes, several separated by commas')
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'names the same key id twice')
