import { Hono } from 'hono'
import { appInfo } from './app-info.ts'
import { parseForm } from './parse-form.ts'
import type { CallRecord, Sim } from './sim.ts'
import { portalByMember } from './sim.ts'
import type { AppDefinition, Pair } from './state.ts'
import { issuePair, pairByRefresh } from './tokens.ts'
import { recordCall } from './record-call.ts'

interface Refusal {
  status: 400 | 401 | 403 | 404 | 500
  error: string
  description: string
}

const refusals: Record<string, Refusal> = {
  invalid_request: { status: 400, error: 'invalid_request', description: 'Invalid request' },
  invalid_client: { status: 401, error: 'invalid_client', description: 'Client not found' },
  wrong_client: { status: 400, error: 'wrong_client', description: 'Wrong client' },
  invalid_grant: { status: 400, error: 'invalid_grant', description: 'Invalid grant' },
  portal_not_found: { status: 404, error: 'PORTAL_NOT_FOUND', description: 'Portal not found' },
  PAYMENT_REQUIRED: { status: 400, error: 'PAYMENT_REQUIRED', description: 'Payment required' },
}

/** The OAuth server: `/oauth/token/` by GET or POST form, `/rest/app.info`. */
export function createOAuth(sim: Sim): Hono {
  const app = new Hono()
  app.on(['GET', 'POST'], ['/oauth/token', '/oauth/token/'], async (context) => {
    const params = await readParams(context.req.raw)
    const call = recordCall(sim, { route: 'oauth', method: 'oauth.token', request: context.req.raw, params })
    return answer(call, exchange(sim, call, params))
  })
  app.on(['GET', 'POST'], ['/rest/app.info', '/rest/app.info.json'], async (context) => {
    const params = await readParams(context.req.raw)
    const call = recordCall(sim, { route: 'oauth', method: 'app.info', request: context.req.raw, params })
    return answer(call, inspect(sim, call, String(params['auth'] ?? '')))
  })
  app.notFound((context) =>
    context.json({ error: 'ERROR_METHOD_NOT_FOUND', error_description: 'Not found' }, 404),
  )
  return app
}

async function readParams(request: Request): Promise<Record<string, unknown>> {
  const query = parseForm(new URL(request.url).search.slice(1))
  return request.method === 'POST' ? { ...query, ...parseForm(await request.text()) } : query
}

function answer(call: CallRecord, outcome: Refusal | { result: Record<string, unknown> }): Response {
  if ('result' in outcome) {
    call.status = 200
    return Response.json(outcome.result)
  }
  call.status = outcome.status
  call.error = outcome.error
  const body = { error: outcome.error, error_description: outcome.description }
  return Response.json(body, { status: outcome.status })
}

function refuse(code: string): Refusal {
  return refusals[code] ?? { status: 400, error: code, description: code }
}

function exchange(
  sim: Sim,
  call: CallRecord,
  params: Record<string, unknown>,
): Refusal | { result: Record<string, unknown> } {
  const forced = sim.faults.take({ route: 'oauth', path: '/oauth/token/', methods: ['oauth.token'] })
  if (params['grant_type'] !== 'refresh_token') return refuse('invalid_request')
  const client = sim.state.apps.find((one) => one.clientId === params['client_id'])
  if (!client || client.clientSecret !== params['client_secret']) return refuse('invalid_client')
  const pair = pairByRefresh(sim, String(params['refresh_token'] ?? ''))
  if (!pair) return refuse(forced ?? 'invalid_grant')
  call.memberId = pair.memberId
  call.userId = pair.userId
  const verdict = forced ?? judge(sim, client, pair)
  sim.refreshes.push({ memberId: pair.memberId, granted: verdict === null, at: sim.now() })
  return verdict === null ? { result: rotate(sim, client, pair) } : refuse(verdict)
}

/** Why this refresh token is not good any more; null when it is. */
function judge(sim: Sim, client: AppDefinition, pair: Pair): string | null {
  if (pair.clientId !== client.clientId) return 'wrong_client'
  const portal = portalByMember(sim, pair.memberId)
  if (!portal || portal.deleted) return 'portal_not_found'
  const install = portal.installs.find((one) => one.clientId === client.clientId)
  if (!install?.present) return sim.uninstallAnswer.get(pair.memberId) ?? 'wrong_client'
  const user = portal.users.find((one) => one.id === pair.userId)
  return pair.refreshAlive && !pair.revoked && user?.active === true ? null : 'invalid_grant'
}

function rotate(sim: Sim, client: AppDefinition, pair: Pair): Record<string, unknown> {
  const portal = portalByMember(sim, pair.memberId)
  if (!portal) throw new Error('judged before')
  pair.refreshAlive = false
  const next = issuePair(sim, { portal, clientId: client.clientId, userId: pair.userId })
  return {
    access_token: next.accessToken,
    expires: Math.floor(next.expiresAt / 1000),
    expires_in: sim.state.tokenLifeSeconds,
    scope: next.scope.join(','),
    domain: new URL(sim.oauthOrigin).host,
    server_endpoint: `${sim.oauthOrigin}/rest/`,
    status: 'F',
    client_endpoint: `${portal.origin}/rest/`,
    member_id: portal.memberId,
    user_id: pair.userId,
    refresh_token: next.refreshToken,
  }
}

function inspect(sim: Sim, call: CallRecord, token: string): Refusal | { result: Record<string, unknown> } {
  const pair = sim.state.pairs[token]
  const portal = pair && portalByMember(sim, pair.memberId)
  const install = portal?.installs.find((one) => one.clientId === pair?.clientId)
  if (!pair || pair.revoked || !portal || !install) {
    return { status: 401, error: 'invalid_token', description: 'Unable to get application by token' }
  }
  if (pair.expiresAt <= sim.now()) {
    return { status: 401, error: 'expired_token', description: 'The access token provided has expired.' }
  }
  call.memberId = pair.memberId
  call.userId = pair.userId
  const info = { ...appInfo(sim, portal, install), client_id: pair.clientId, user_id: pair.userId }
  return { result: { result: { ...info, member_id: pair.memberId } } }
}
