import { createRoute, z } from '@hono/zod-openapi'
import { Me, Preferences, Session } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { openSession, renewSession } from '../portal/open-session.ts'
import { changePreferences, readMe } from '../portal/preferences.ts'
import { readSessionToken } from '../portal/session-token.ts'
import { content, jsonBody, problems, security } from './api-parts.ts'
import type { App } from './env.ts'
import { limitBody } from './guards/body-limit.ts'
import { bearerOf, countRequest, noSession, widgetSession } from './guards/widget-session.ts'

const LARGEST_BODY = 64 * 1024
const Code = z.object({ code: z.string().min(1).max(300) })

/** Sessions: a page's code for a token, a token for a fresh one; and what the user is called and chose. */
export function mountSessionApi(app: App, deps: Deps): void {
  // Asking a GET for its body makes the runtime build the whole request.
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/api/*', limitBody(LARGEST_BODY))
  mountOpening(app, deps)
  const middleware = [widgetSession(deps)]
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/me', middleware, security },
      responses: { 200: content('Who asks, and what they chose', Me), ...problems(401, 429) },
    }),
    async (c) => c.json(await readMe(deps, c.var.session), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'put', path: '/api/me', middleware, security },
      request: { body: jsonBody(Preferences) },
      responses: { 204: { description: 'Kept' }, ...problems(401, 422, 429) },
    }),
    async (c) => {
      await changePreferences(deps, c.var.session, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/thread', middleware, security },
      responses: {
        200: content('The conversation this page was opened for', z.object({ conversationId: z.string() })),
        ...problems(401, 404, 429),
      },
    }),
    (c) => {
      const { conversationId } = c.var.session
      if (!conversationId) throw new AppError('not_found', 'This page was opened for no conversation.')
      return c.json({ conversationId }, 200)
    },
  )
}

function mountOpening(app: App, deps: Deps): void {
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/session' },
      request: { body: jsonBody(Code) },
      responses: { 200: content('A session', Session), ...problems(401, 422) },
    }),
    async (c) => {
      const session = await openSession(deps, c.req.valid('json').code)
      if (!session) throw new AppError('unauthorized', 'This code is used, too old or unknown.')
      return c.json(session, 200)
    },
  )
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/session/renew', security },
      responses: { 200: content('The same session with a fresh token', Session), ...problems(401, 429) },
    }),
    async (c) => {
      const key = await readSessionToken(deps, bearerOf(c.req.raw), { expired: true })
      if (!key) throw noSession()
      countRequest(deps, key)
      const session = await renewSession(deps, key)
      if (!session) throw noSession()
      return c.json(session, 200)
    },
  )
}
