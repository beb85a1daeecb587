import { createRoute, z } from '@hono/zod-openapi'
import {
  Accepted,
  AttemptInput,
  Changes,
  Messages,
  MessagesQuery,
  ReadInput,
  SendInput,
} from '../contract.ts'
import { listChanges } from '../conversation/list-changes.ts'
import { listMessages } from '../conversation/list-messages.ts'
import { markRead } from '../conversation/mark-read.ts'
import { retryMessage } from '../conversation/retry-message.ts'
import { sendMessage } from '../conversation/send-message.ts'
import type { Deps } from '../deps.ts'
import { asId, type MessageId } from '../ids.ts'
import {
  actorOf,
  content,
  jsonBody,
  ofConversation,
  ofMessage,
  problems,
  security,
  userOf,
} from './api-parts.ts'
import type { App } from './env.ts'
import { widgetSession } from './guards/widget-session.ts'
import { readOptional } from './read-optional.ts'
import { refuse } from './refuse.ts'

// WhatsApp refuses a blank body, and the database a NUL in a text.
const Send = SendInput.extend({
  text: SendInput.shape.text
    .refine((text) => text.trim() !== '', 'must not be blank')
    .refine((text) => !text.includes('\0'), 'must not hold a NUL character'),
})

/** Messages of a conversation: read, send, try again, mark as read. */
export function mountConversationApi(app: App, deps: Deps): void {
  mountReads(app, deps)
  mountSend(app, deps)
  mountAttempts(app, deps)
}

function mountReads(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps)]
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/conversations/{id}/messages',
      middleware,
      security,
      request: { params: ofConversation, query: MessagesQuery },
      responses: {
        200: content(
          'Messages, newest first, or what changed after a revision',
          z.union([Messages, Changes]),
        ),
        ...problems(401, 404, 422, 429, 503),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const { changedAfter, ...page } = c.req.valid('query')
      if (changedAfter === undefined) return c.json(await listMessages(deps, userOf(c), id, page), 200)
      return c.json(await listChanges(deps, userOf(c), id, { ...page, changedAfter }), 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/conversations/{id}/read',
      middleware,
      security,
      request: { params: ofConversation, body: jsonBody(ReadInput) },
      responses: { 204: { description: 'Read up to this message' }, ...problems(401, 404, 422, 429, 503) },
    }),
    async (c) => {
      const messageId = asId<MessageId>(c.req.valid('json').messageId)
      const verdict = await markRead(deps, userOf(c), { conversationId: c.req.valid('param').id, messageId })
      return verdict.ok ? c.body(null, 204) : refuse(verdict.reason)
    },
  )
}

function mountSend(app: App, deps: Deps): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/conversations/{id}/messages',
      middleware: [widgetSession(deps)],
      security,
      request: { params: ofConversation, body: jsonBody(Send) },
      responses: {
        202: content('Taken in; it is sent once', Accepted),
        200: content('The same client id and body again: the same message', Accepted),
        ...problems(401, 404, 409, 422, 429, 503),
      },
    }),
    async (c) => {
      const { clientId, text, replyToId } = c.req.valid('json')
      const quoted = replyToId === undefined ? {} : { replyToId: asId<MessageId>(replyToId) }
      const intent = { conversationId: c.req.valid('param').id, clientId, text, ...quoted }
      const verdict = await sendMessage(deps, { portalId: c.var.session.portalId, actor: actorOf(c) }, intent)
      if (!verdict.ok) return refuse(verdict.reason)
      const { id, status } = verdict
      return verdict.fresh ? c.json({ id, status }, 202) : c.json({ id, status }, 200)
    },
  )
}

// The body may be missing, whatever the content type says; the library's own check would refuse that.
function mountAttempts(app: App, deps: Deps): void {
  const route = createRoute({
    method: 'post',
    path: '/api/conversations/{id}/messages/{messageId}/attempts',
    security,
    request: { params: ofMessage, body: jsonBody(AttemptInput, { required: false }) },
    responses: {
      202: content('A new attempt is queued', Accepted),
      ...problems(401, 404, 409, 422, 429, 503),
    },
  })
  app.openAPIRegistry.registerPath(route)
  app.post(route.getRoutingPath(), widgetSession(deps), async (c) => {
    const { id: conversationId, messageId } = ofMessage.parse(c.req.param())
    const { acceptDuplicate = false } = await readOptional(c.req.raw, AttemptInput)
    const verdict = await retryMessage(deps, userOf(c), { conversationId, messageId, acceptDuplicate })
    return verdict.ok ? c.json({ id: verdict.id, status: verdict.status }, 202) : refuse(verdict.reason)
  })
}
