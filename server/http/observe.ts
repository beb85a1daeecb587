import { routePath } from 'hono/route'
import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import type { Env } from './env.ts'

/** Gives each request its id, one log line and one measurement; the route pattern stands in for the path, which may hold ids. */
export const observe = (deps: Pick<Deps, 'log' | 'metrics'>) =>
  createMiddleware<Env>(async function observe(c, next) {
    const requestId = newId()
    const started = performance.now()
    c.set('requestId', requestId)
    // Before the answer is there: a header added to it afterwards makes the runtime build it anew.
    c.header('X-Request-Id', requestId)
    await next()
    const ms = Math.round(performance.now() - started)
    const route = routePath(c, -1)
    const status = c.res.status
    deps.metrics.requests.observe({ route, status }, ms / 1000)
    const portalId = c.get('session')?.portalId
    deps.log.info('request', { requestId, route, method: c.req.method, status, ms, portalId })
  })

/** Headers every answer carries; frame documents replace the policy with their own, assets the cache rule. */
export const PROTECTION = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Sets the headers of `PROTECTION`. */
export const protect = createMiddleware<Env>(async function protect(c, next) {
  for (const [name, value] of Object.entries(PROTECTION)) c.header(name, value)
  await next()
})
