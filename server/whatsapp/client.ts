import { z } from 'zod'
import { hmacSha256 } from '../crypto/keyring.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'

/** How a Graph call ended badly: refused for sure, surely not sent, or nobody knows. */
export type GraphFailure =
  | { kind: 'refused'; status: number; code: number; subcode: number | null; retryAfterMs: number | null }
  | { kind: 'unsent' }
  | { kind: 'unknown' }
export type GraphAnswer<T> = { ok: true; data: T } | { ok: false; failure: GraphFailure }

export type GraphCall = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  token: string
  query?: Record<string, string>
  body?: unknown
  timeoutMs: number
}

const ErrorBody = z.object({
  error: z.object({
    code: z.number(),
    error_subcode: z.number().nullish(),
    is_transient: z.boolean().nullish(),
  }),
})
const encoder = new TextEncoder()

/** One call of the Graph API; answers the parsed JSON or how it failed, and never throws for what the other side did. */
export async function callGraph<T>(
  deps: Deps,
  call: GraphCall,
  shape: z.ZodType<T>,
): Promise<GraphAnswer<T>> {
  let response: Response
  let text: string
  try {
    response = await deps.http(await toRequest(deps, call), {
      timeoutMs: call.timeoutMs,
      maxBytes: 1_000_000,
    })
    text = await response.text()
  } catch (error) {
    const { code, retry } = toAppError(error)
    const unsent = code === 'host_refused' || retry === 'later'
    return { ok: false, failure: { kind: unsent ? 'unsent' : 'unknown' } }
  }
  const json = parse(text)
  if (!response.ok) return { ok: false, failure: failureOf(response, json) }
  const data = shape.safeParse(json)
  return data.success ? { ok: true, data: data.data } : { ok: false, failure: { kind: 'unknown' } }
}

/** The application's own token (`{app}|{secret}`), for questions about other tokens. */
export function appToken(deps: Deps): string {
  return `${deps.config.meta.appId}|${deps.config.meta.appSecrets[0] ?? ''}`
}

async function toRequest(deps: Deps, call: GraphCall): Promise<Request> {
  const { graphUrl, graphVersion } = deps.config.meta
  const url = new URL(`${graphUrl.replace(/\/$/, '')}/${graphVersion}/${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
  url.searchParams.set('appsecret_proof', await proofOf(deps, call.token))
  const headers = new Headers({ authorization: `Bearer ${call.token}` })
  if (call.body === undefined) return new Request(url, { method: call.method, headers })
  headers.set('content-type', 'application/json')
  return new Request(url, { method: call.method, headers, body: JSON.stringify(call.body) })
}

// Graph API, "Securing Graph API requests": HMAC-SHA256 of the access token under the app secret, in hex.
async function proofOf(deps: Deps, token: string): Promise<string> {
  const secret = encoder.encode(deps.config.meta.appSecrets[0] ?? '')
  const proof = await hmacSha256(secret, encoder.encode(token))
  return Array.from(proof, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function failureOf(response: Response, json: unknown): GraphFailure {
  const body = ErrorBody.safeParse(json)
  if (!body.success) return { kind: 'unknown' }
  const { code, error_subcode: subcode, is_transient: transient } = body.data.error
  // Code 1 from a broken server says nothing about the message; every other code is an answer to it.
  if (code === 1 && response.status >= 500 && transient !== true) return { kind: 'unknown' }
  const seconds = Number(response.headers.get('retry-after'))
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null
  return { kind: 'refused', status: response.status, code, subcode: subcode ?? null, retryAfterMs }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
