import { Hono } from 'hono'
import type { Control } from './control.ts'
import type { FaultTarget } from './faults.ts'
import { createOAuth } from './oauth.ts'
import type { PortalOptions } from './portal/create-portal-state.ts'
import type { Portal } from './portal/portal.ts'
import { createRest, methodsOf, type PortalEnv } from './rest/app.ts'
import { isErrorCode } from './rest/run-method.ts'
import type { Sim } from './sim.ts'
import { portalAt } from './sim.ts'

export interface Outside {
  portals: Portal[]
  addPortal(options?: PortalOptions): Portal
  control: Control
}

/** The listener of the simulator: OAuth server or portal by origin, with faults, holds and latency before both. */
export function createServe(
  sim: Sim,
  _outside: Outside,
): (request: Request, env?: unknown) => Promise<Response> {
  const oauth = createOAuth(sim)
  const portalApp = new Hono<PortalEnv>().route('/', createRest(sim))
  return async (request, env) => {
    const url = new URL(request.url)
    const isOAuth = url.origin === new URL(sim.oauthOrigin).origin
    const target: FaultTarget = {
      route: isOAuth ? 'oauth' : 'rest',
      path: url.pathname,
      methods: isOAuth ? ['oauth.token'] : await methodsOf(request),
    }
    const isApi = isOAuth || url.pathname.startsWith('/rest/')
    if (isApi) await sim.faults.wait(target)
    const fault = isApi ? sim.faults.take(target, (kind) => !isErrorCode(kind)) : undefined
    if (fault && fault !== 'drop-after') return brokenTransport(fault, request, env)
    const response = isOAuth ? await oauth.fetch(request) : await toPortal(sim, portalApp, request)
    if (fault === 'drop-after') return connectionLost(env)
    return response
  }
}

async function toPortal(sim: Sim, app: Hono<PortalEnv>, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const found = portalAt(sim, url.origin)
  if (!found) throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } })
  if (found.moved) {
    const location = found.portal.origin + url.pathname + url.search
    return new Response(null, { status: 302, headers: { location } })
  }
  return app.fetch(request, { portal: found.portal })
}

async function brokenTransport(fault: string, request: Request, env: unknown): Promise<Response> {
  if (fault === '500') return new Response('Internal Server Error', { status: 500 })
  if (fault === 'html') {
    const body = '<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>'
    return new Response(body, { status: 502, headers: { 'content-type': 'text/html' } })
  }
  await new Promise<void>((resolve, reject) => {
    // Never answers: the caller's own time limit ends it, else the gateway after a minute.
    const timer = setTimeout(resolve, 60_000)
    timer.unref()
    request.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(abortReason(request.signal))
    })
  })
  return connectionLost(env)
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}

/** The answer never arrives: the socket breaks when served on a port, `fetch` fails when called in-process. */
function connectionLost(env: unknown): never {
  const outgoing: unknown =
    typeof env === 'object' && env !== null && 'outgoing' in env ? env.outgoing : undefined
  if (typeof outgoing === 'object' && outgoing !== null && 'destroy' in outgoing) {
    if (typeof outgoing.destroy === 'function') outgoing.destroy()
  }
  throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })
}
