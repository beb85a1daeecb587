import { Hono } from 'hono'
import { parseForm } from '../parse-form.ts'
import { recordCall } from '../record-call.ts'
import type { CallRecord, Sim } from '../sim.ts'
import type { PortalState } from '../state.ts'
import { authorize } from './authorize.ts'
import { innerMethods, runBatch } from './batch.ts'
import { RestError } from './errors.ts'
import { Params } from './params.ts'
import { errorOf, isErrorCode, runMethod } from './run-method.ts'
import { timeBlock } from './time-block.ts'

export type PortalEnv = { Bindings: { portal: PortalState } }

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'origin, content-type, accept',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
}

/** `/rest/*` of a portal. */
export function createRest(sim: Sim): Hono<PortalEnv> {
  const app = new Hono<PortalEnv>()
  app.options('/rest/*', () => new Response(null, { status: 204, headers: cors }))
  app.all('/rest/api/*', () => json(404, v3NotFound))
  app.on(['GET', 'POST'], '/rest/:method', async (context) => {
    const method = context.req
      .param('method')
      .replace(/\.json$/, '')
      .toLowerCase()
    return answer(sim, context.env.portal, method, context.req.raw)
  })
  app.on(['GET', 'POST'], '/rest/:user/:secret/:method', () => json(403, noWebhooks.body))
  app.all('/rest/*', () => json(404, new RestError(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!').body))
  return app
}

const noWebhooks = new RestError(
  403,
  'WRONG_AUTH_TYPE',
  'Current authorization type is denied for this method Application context required',
)
const v3NotFound = {
  error: { code: 'BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION', message: 'Method not found' },
}

async function answer(sim: Sim, portal: PortalState, method: string, request: Request): Promise<Response> {
  const read = await readParams(request)
  const call = recordCall(sim, { route: 'rest', method, request, params: read ?? {} })
  call.memberId = portal.memberId
  try {
    if (!read) throw new RestError(400, 'INVALID_REQUEST', 'Invalid JSON')
    const body = await execute(sim, portal, { method, request, raw: read, call })
    call.status = 200
    return json(200, body)
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    Object.assign(call, { status: error.status, error: error.code })
    return json(error.status, error.body)
  }
}

async function execute(
  sim: Sim,
  portal: PortalState,
  what: { method: string; request: Request; raw: Record<string, unknown>; call: CallRecord },
): Promise<Record<string, unknown>> {
  const { method, request, call } = what
  const caller = `${portal.memberId}|${request.headers.has('origin') ? 'browser' : 'server'}`
  if (portal.deleted) throw new RestError(500, 'PORTAL_DELETED', 'Portal was deleted')
  if (!sim.limits.takeRequest(caller, sim.now(), portal.enterprise)) {
    throw new RestError(503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests')
  }
  if (new URL(portal.origin).protocol === 'https:' && new URL(request.url).protocol !== 'https:') {
    throw new RestError(400, 'INVALID_REQUEST', 'Https required')
  }
  const params = new Params(what.raw)
  const base = { ...authorize(sim, portal, params.any('auth')), params }
  Object.assign(call, { clientId: base.pair.clientId, userId: base.user.id })
  const started = sim.now()
  if (method === 'batch') {
    const fault = sim.faults.take({ route: 'rest', path: '/rest/batch', methods: ['batch'] }, isErrorCode)
    if (fault) throw errorOf(fault)
    const result = await runBatch(base, request)
    return { result, time: timeBlock(sim, `${portal.memberId}|${base.pair.clientId}|batch`, started) }
  }
  const outcome = await runMethod({ ...base, method })
  if (outcome.error) throw outcome.error
  const { result, total, next, time } = outcome
  const paging = { ...(next === undefined ? {} : { next }), ...(total === undefined ? {} : { total }) }
  return { result: result ?? null, ...paging, time }
}

/** Query and body together; null when a JSON body cannot be read. */
async function readParams(request: Request): Promise<Record<string, unknown> | null> {
  const query = parseForm(new URL(request.url).search.slice(1))
  if (request.method !== 'POST') return query
  const type = request.headers.get('content-type') ?? ''
  const text = await request.text()
  if (text === '') return query
  if (!type.includes('json')) return { ...query, ...parseForm(text) }
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? { ...query, ...body } : null
  } catch {
    return null
  }
}

/** All methods a request would run; reads a copy of the request. */
export async function methodsOf(request: Request): Promise<string[]> {
  const path = new URL(request.url).pathname
  if (!path.startsWith('/rest/')) return []
  const method = (path.split('/').at(-1) ?? '').replace(/\.json$/, '').toLowerCase()
  if (method !== 'batch') return [method]
  return [method, ...innerMethods((await readParams(request.clone())) ?? {})]
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: cors })
}
