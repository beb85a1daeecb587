import type { Context } from 'hono'
import type { Env } from './env.ts'

/** A value for `nonce`, new for each document. */
export function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))))
}

/** The policy of a page without script, which says one thing: framed by the host that claims to show it, or by nobody. */
export function honestPolicy(nonce: string, claimedOrigin: string | null): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${claimedOrigin ?? "'none'"}`,
  ].join('; ')
}

/** The origin a portal names in the query of a page, if it could be one. Never contacted: it only allows a frame to show an error. */
export function claimedOrigin(c: Context<Env>, allowHttp: boolean): string | null {
  const host = c.req.query('DOMAIN') ?? ''
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i.test(host)) return null
  const scheme = allowHttp && c.req.query('PROTOCOL') === '0' ? 'http' : 'https'
  const url = `${scheme}://${host}`
  return URL.canParse(url) ? new URL(url).origin : null
}

/** Answers with an HTML document under this policy; X-Frame-Options stays absent, the policy says who may frame it. */
export function answerDocument(
  c: Context<Env>,
  html: string,
  policy: string,
  status: 200 | 403 | 503,
): Response {
  c.header('Content-Security-Policy', policy)
  c.header('Cache-Control', 'no-store')
  return c.html(html, status)
}
