import { Hono } from 'hono'
import { createPages } from './card-page/pages.ts'
import { createControlHttp, type Outside } from './control-http.ts'
import type { FaultTarget } from './faults.ts'
import { createOAuth } from './oauth.ts'
import { createRest, methodsOf, type PortalEnv } from './rest/app.ts'
import { isErrorCode } from './rest/run-method.ts'
import type { Sim } from './sim.ts'
import { portalAt } from './sim.ts'

/** The listener of the simulator: OAuth server or portal by origin, with faults, holds and latency before both. */
export function createServe(
  sim: Sim,
  outside: Outside,
): (request: Request, env?: unknown) => Promise<Response> {
  const oauth = createOAuth(sim)
  const control = createControlHttp(outside)
  const portalApp = new Hono<PortalEnv>().route('/', createRest(sim)).route('/', createPages(sim))
  return async (request, env) => {
    const url = new URL(request.url)
    if (url.pathname.startsWith('/_control/')) return control.fetch(request)
    const isOAuth = url.origin === new URL(sim.oauthOrigin).origin
    const answer = async (): Promise<Response> =>
      isOAuth ? oauth.fetch(request) : toPortal(sim, portalApp, request)
    const target = await targetOf(request, isOAuth)
    if (!target) return answer()
    await sim.faults.wait(target)
    const fault = sim.faults.take(target, (kind) => !isErrorCode(kind))
    if (fault && fault !== 'drop-after') return brokenTransport(fault, request, env)
    const response = await answer()
    return fault === 'drop-after' ? connectionLost(env) : response
  }
}

/** What faults, holds and latency may hit; undefined for the portal's plain pages. */
async function targetOf(request: Request, isOAuth: boolean): Promise<FaultTarget | undefined> {
  const path = new URL(request.url).pathname
  if (isOAuth)
    return { route: 'oauth', path, methods: [path.startsWith('/oauth/') ? 'oauth.token' : 'app.info'] }
  if (path.startsWith('/rest/')) return { route: 'rest', path, methods: await methodsOf(request) }
  return path.startsWith('/_frame/') ? { route: 'frame', path, methods: [] } : undefined
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
