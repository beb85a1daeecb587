import { createRoute } from '@hono/zod-openapi'
import { Binding, MoveInput, Records, RecordsQuery, StartOptions } from '../contract.ts'
import { moveConversation } from '../crm/move-conversation.ts'
import { readBinding } from '../crm/read-binding.ts'
import { mayRead } from '../crm/read-rights.ts'
import { searchRecords } from '../crm/search-records.ts'
import { startOptions } from '../crm/start-options.ts'
import { undoMove } from '../crm/undo-move.ts'
import type { Deps } from '../deps.ts'
import { content, jsonBody, ofConversation, problems, security, userOf } from './api-parts.ts'
import type { App } from './env.ts'
import { widgetSession } from './guards/widget-session.ts'
import { refuse } from './refuse.ts'

/** What a conversation is bound to in the CRM, and the records it may be bound to or started from. */
export function mountCrmApi(app: App, deps: Deps): void {
  mountBinding(app, deps)
  mountRecords(app, deps)
}

function mountBinding(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps)]
  const answer = { 200: content('The records, and why these', Binding) }
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/conversations/{id}/binding', middleware, security },
      request: { params: ofConversation },
      responses: { ...answer, ...problems(401, 404, 422, 429, 503) },
    }),
    async (c) => c.json(await readBinding(deps, userOf(c), c.req.valid('param').id), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/conversations/{id}/binding', middleware, security },
      request: { params: ofConversation, body: jsonBody(MoveInput) },
      responses: { ...answer, ...problems(401, 404, 422, 429, 503) },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const { entityType, entityId } = c.req.valid('json')
      const moved = await moveConversation(deps, userOf(c), id, { type: entityType, id: entityId })
      if (!moved.ok) return refuse(moved.reason)
      return c.json(await readBinding(deps, userOf(c), id), 200)
    },
  )
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/conversations/{id}/binding/undo', middleware, security },
      request: { params: ofConversation },
      responses: { ...answer, ...problems(401, 404, 409, 422, 429, 503) },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const undone = await undoMove(deps, userOf(c), id)
      if (!undone.ok) return refuse(undone.reason)
      return c.json(await readBinding(deps, userOf(c), id), 200)
    },
  )
}

function mountRecords(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps)]
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/records', middleware, security },
      request: { query: RecordsQuery },
      responses: {
        200: content('Up to 20 records this user may read', Records),
        ...problems(401, 422, 429, 503),
      },
    }),
    async (c) => c.json({ items: await searchRecords(deps, userOf(c), c.req.valid('query')) }, 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/start-options', middleware, security },
      request: { query: MoveInput },
      responses: {
        200: content('Connected numbers, and the phones of this record', StartOptions),
        ...problems(401, 404, 422, 429, 503),
      },
    }),
    async (c) => {
      const { entityType, entityId } = c.req.valid('query')
      const record = { type: entityType, id: entityId }
      if (!(await mayRead(deps, userOf(c), record))) return refuse('not_found')
      return c.json(await startOptions(deps, userOf(c), record), 200)
    },
  )
}
