import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { readEndpoint } from './endpoint.ts'

export type OAuthTokens = {
  memberId: string
  /** Ends in `/rest/`; the only source of a portal's address. */
  clientEndpoint: string
  userId: string
  accessToken: string
  refreshToken: string
  expiresAt: Date
  scope: string
}

export type OAuthRefusal =
  'invalid_grant' | 'wrong_client' | 'invalid_client' | 'payment_required' | 'portal_gone' | 'unreachable'

export type OAuthVerdict = { ok: true; tokens: OAuthTokens } | { ok: false; reason: OAuthRefusal }

const TIMEOUT_MS = 10_000

const Granted = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.coerce.number().positive().max(86_400).catch(3600),
  member_id: z.string().min(1).max(64),
  client_endpoint: z.string(),
  user_id: z.coerce.string().regex(/^\d{1,18}$/),
  scope: z.string().catch(''),
})
const Refused = z.object({ error: z.string(), error_description: z.string().catch('') })

/**
 * Exchanges a refresh token at an allow-listed OAuth server with our client id and secret; the old token is spent by it.
 * An answer we do not know counts as `unreachable`, so that no portal is given up by mistake.
 */
export async function exchangeRefreshToken(
  deps: Deps,
  oauthOrigin: string,
  refreshToken: string,
): Promise<OAuthVerdict> {
  const { clientId, clientSecret, oauthOrigins } = deps.config.bitrix24
  if (!oauthOrigins.includes(oauthOrigin))
    throw new AppError('host_refused', 'This OAuth server is not known.')
  const request = new Request(`${oauthOrigin}/oauth/token/`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    }).toString(),
  })
  const verdict = await ask(deps, request)
  deps.metrics.portalRefreshes.inc({ result: verdict.ok ? 'ok' : verdict.reason })
  return verdict
}

async function ask(deps: Deps, request: Request): Promise<OAuthVerdict> {
  try {
    const response = await deps.http(request, { timeoutMs: TIMEOUT_MS, maxBytes: 65_536 })
    const body: unknown = await response.json()
    const refused = Refused.safeParse(body)
    if (refused.success) return { ok: false, reason: refusalOf(refused.data) }
    return response.ok ? granted(deps, body) : { ok: false, reason: 'unreachable' }
  } catch (error) {
    deps.log.warn('oauth.unreachable', { error })
    return { ok: false, reason: 'unreachable' }
  }
}

function granted(deps: Deps, body: unknown): OAuthVerdict {
  const parsed = Granted.safeParse(body)
  const clientEndpoint =
    parsed.data && readEndpoint(parsed.data.client_endpoint, deps.config.allowPrivateUpstreams)
  if (!parsed.data || !clientEndpoint) return { ok: false, reason: 'unreachable' }
  const { data } = parsed
  const tokens = {
    memberId: data.member_id,
    clientEndpoint,
    userId: data.user_id,
    accessToken: data.access_token,
    refreshToken: data.refresh_token,
    expiresAt: new Date(deps.clock.now() + data.expires_in * 1000),
    scope: data.scope,
  }
  return { ok: true, tokens }
}

const KNOWN: Readonly<Record<string, OAuthRefusal>> = {
  invalid_grant: 'invalid_grant',
  bad_verification_code: 'invalid_grant',
  wrong_client: 'wrong_client',
  invalid_client: 'invalid_client',
  payment_required: 'payment_required',
  portal_deleted: 'portal_gone',
}

// A deleted portal has no documented code: the text speaks of the portal or the domain (bitrix24.md §2.3).
function refusalOf({ error, error_description: text }: z.infer<typeof Refused>): OAuthRefusal {
  const known = KNOWN[error.toLowerCase()]
  if (known) return known
  return /(portal|domain).{0,40}(not.?found|deleted)/i.test(`${error} ${text}`)
    ? 'portal_gone'
    : 'unreachable'
}
