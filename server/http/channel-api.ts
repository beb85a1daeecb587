import { createRoute } from '@hono/zod-openapi'
import { connectChannel } from '../channel/connect-channel.ts'
import { disconnectChannel } from '../channel/disconnect-channel.ts'
import { listChannels } from '../channel/list-channels.ts'
import { ChannelInput, Channels, ConnectedChannel, ListQuery } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { actorOf, content, jsonBody, ofChannel, problems, security } from './api-parts.ts'
import type { App } from './env.ts'
import { requireAdmin } from './guards/require-admin.ts'
import { widgetSession } from './guards/widget-session.ts'
import { refuse } from './refuse.ts'

/** The administrator's numbers: list, connect by hand, disconnect. */
export function mountChannelApi(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps), requireAdmin]
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/channels',
      middleware,
      security,
      request: { query: ListQuery },
      responses: { 200: content('Numbers, newest first', Channels), ...problems(401, 403, 422, 429, 503) },
    }),
    async (c) => c.json(await listChannels(deps, c.var.session.portalId, c.req.valid('query')), 200),
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/channels',
      middleware,
      security,
      request: { body: jsonBody(ChannelInput) },
      responses: {
        201: content('Connected', ConnectedChannel),
        ...problems(401, 403, 409, 422, 429, 502, 503),
      },
    }),
    async (c) => {
      const { wabaId, phoneNumberId, accessToken } = c.req.valid('json')
      const who = { portalId: c.var.session.portalId, actor: actorOf(c) }
      const verdict = await connectChannel(deps, who, { wabaId, phoneNumberId, accessToken })
      return verdict.ok ? c.json(verdict.channel, 201) : refuse(verdict.reason)
    },
  )
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/channels/{id}',
      middleware,
      security,
      request: { params: ofChannel },
      responses: {
        204: { description: 'Disconnected; the history stays' },
        ...problems(401, 403, 404, 422, 429, 503),
      },
    }),
    async (c) => {
      const who = { portalId: c.var.session.portalId, actor: actorOf(c) }
      const verdict = await disconnectChannel(deps, who, c.req.valid('param').id)
      return verdict.ok ? c.body(null, 204) : refuse(verdict.reason)
    },
  )
}
