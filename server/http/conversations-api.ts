import { createRoute } from '@hono/zod-openapi'
import { Conversation, Conversations, ConversationsQuery, StartInput } from '../contract.ts'
import { listConversations } from '../conversation/list-conversations.ts'
import { readConversation } from '../conversation/read-conversation.ts'
import { startConversation } from '../conversation/start-conversation.ts'
import type { Deps } from '../deps.ts'
import { asId, type ChannelId } from '../ids.ts'
import { actorOf, content, jsonBody, ofConversation, problems, security, userOf } from './api-parts.ts'
import type { App } from './env.ts'
import { widgetSession } from './guards/widget-session.ts'
import { refuse } from './refuse.ts'

const Query = ConversationsQuery.refine(
  ({ entityType, entityId }) => (entityType === undefined) === (entityId === undefined),
  { error: 'entityType and entityId go together', path: ['entityId'] },
)

/** Conversations: list, read one, start one. */
export function mountConversationsApi(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps)]
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/conversations',
      middleware,
      security,
      request: { query: Query },
      responses: {
        200: content('What this user may see, newest first', Conversations),
        ...problems(401, 422, 429, 503),
      },
    }),
    async (c) => {
      const { entityType: type, entityId: id, ...page } = c.req.valid('query')
      const record = type !== undefined && id !== undefined ? { record: { type, id } } : {}
      return c.json(await listConversations(deps, userOf(c), { ...page, ...record }), 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/conversations/{id}',
      middleware,
      security,
      request: { params: ofConversation },
      responses: { 200: content('One conversation', Conversation), ...problems(401, 404, 422, 429, 503) },
    }),
    async (c) => c.json(await readConversation(deps, userOf(c), c.req.valid('param').id), 200),
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/conversations',
      middleware,
      security,
      request: { body: jsonBody(StartInput) },
      responses: {
        201: content('A conversation with the phone of this record', Conversation),
        200: content('It was there already', Conversation),
        ...problems(401, 404, 409, 422, 429, 503),
      },
    }),
    async (c) => {
      const { channelId, entityType, entityId, phone } = c.req.valid('json')
      const record = { type: entityType, id: entityId }
      const input = {
        channelId: asId<ChannelId>(channelId),
        record,
        ...(phone === undefined ? {} : { phone }),
      }
      const verdict = await startConversation(deps, { ...userOf(c), actor: actorOf(c) }, input)
      if (!verdict.ok) return refuse(verdict.reason)
      const started = await readConversation(deps, userOf(c), verdict.id)
      return verdict.fresh ? c.json(started, 201) : c.json(started, 200)
    },
  )
}
