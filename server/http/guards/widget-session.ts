import { createMiddleware } from 'hono/factory'
import type { MiddlewareHandler } from 'hono'
import type { Deps } from '../../deps.ts'
import { AppError } from '../../errors.ts'
import { askAdmin } from '../../portal/ask-admin.ts'
import { createSessionReader } from '../../portal/read-live-session.ts'
import { createTokenReader } from '../../portal/recall-token.ts'
import type { SessionKey } from '../../portal/session-token.ts'
import type { Env } from '../env.ts'
import { createRateLimit } from './rate-limit.ts'

const REQUESTS_A_MINUTE = 600

type Gate = { guard: MiddlewareHandler<Env>; count(key: SessionKey): void }
const gates = new WeakMap<Deps, Gate>()

/** Lets in who shows the token of a living session, 600 times a minute per user. One state per `deps`, however often it is mounted. */
export const widgetSession = (deps: Deps): MiddlewareHandler<Env> => gateOf(deps).guard

/** Counts a request of a user against the same limit. Throws `rate_limited`. */
export const countRequest = (deps: Deps, key: SessionKey): void => gateOf(deps).count(key)

/** The bearer token of a request, or an empty string. */
export const bearerOf = (request: Request): string =>
  /^bearer +(\S{1,4096})$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''

/** 401: the page must be opened again. */
export const noSession = () => new AppError('unauthorized', 'This session is over. Reopen the page.')

function gateOf(deps: Deps): Gate {
  const known = gates.get(deps)
  if (known) return known
  const allow = createRateLimit(REQUESTS_A_MINUTE)
  const count = ({ portalId, userId }: SessionKey) => allow(`${portalId}:${userId}`, deps.clock.now())
  const readToken = createTokenReader(deps)
  const readSession = createSessionReader(deps)
  const guard = createMiddleware<Env>(async function widgetSession(c, next) {
    const key = await readToken(bearerOf(c.req.raw))
    if (!key) throw noSession()
    count(key)
    const session = await readSession(key)
    if (!session) throw noSession()
    c.set('session', session)
    c.set('confirmAdmin', () => askAdmin(deps, session))
    await next()
  })
  const gate = { guard, count }
  gates.set(deps, gate)
  return gate
}
