import { Hono } from 'hono'
import { addAccount } from './accounts.ts'
import { type Changes, trackChanges } from './changes.ts'
import { createControl } from './control.ts'
import { controlRoutes } from './control-routes.ts'
import { customerHandle } from './customers.ts'
import { Deliveries } from './deliveries.ts'
import { GraphRefusal, unknownObject } from './errors.ts'
import { ConnectionLost } from './faults.ts'
import { graphRoute } from './graph-route.ts'
import { messagesRoute } from './messages.ts'
import { debugTokenRoute, nodeRoute, phoneNumbersRoute } from './nodes.ts'
import { phonePane } from './phone-pane/serve-pane.ts'
import { onAcknowledged, onDue } from './phone-status.ts'
import { signedRequest, toBytes } from './signed.ts'
import { loadWorld } from './state-file.ts'
import { createWorld, type World } from './state.ts'
import { configureNumberRoute, registerRoute, subscribedAppsRoute, verifyCallback } from './subscriptions.ts'
import type { GraphApi, GraphApiOptions } from './types.ts'

const KNOWN_VERSIONS = { oldest: 19, newest: 26 }

const graphRoutes = (world: World, deliveries: Deliveries): Hono => {
  const graph = new Hono()
  graph.get('/debug_token', graphRoute(world, debugTokenRoute(world)))
  graph.get('/:id/phone_numbers', graphRoute(world, phoneNumbersRoute(world)))
  graph.on(['GET', 'POST', 'DELETE'], '/:id/subscribed_apps', graphRoute(world, subscribedAppsRoute(world)))
  graph.post('/:id/register', graphRoute(world, registerRoute(world)))
  graph.post('/:id/messages', graphRoute(world, messagesRoute(world, deliveries)))
  graph.get('/:id', graphRoute(world, nodeRoute(world)))
  graph.post('/:id', graphRoute(world, configureNumberRoute(world)))
  return graph
}

const deprecatedVersion = (version: string) =>
  new GraphRefusal(400, {
    message: `(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: v${KNOWN_VERSIONS.newest}.0. (${version})`,
    code: 2635,
  })

const refuse = (refusal: GraphRefusal) => Response.json(refusal.body, { status: refusal.status })

const mountGraph = (app: Hono, world: World, deliveries: Deliveries) => {
  const graph = graphRoutes(world, deliveries)
  app.use('/:version{v[0-9]+[.][0-9]+}/*', async (c, next) => {
    const version = c.req.param('version')
    const major = Number(/\d+/.exec(version)?.[0])
    if (major < KNOWN_VERSIONS.oldest || major > KNOWN_VERSIONS.newest)
      return refuse(deprecatedVersion(version))
    return next()
  })
  app.route('/:version{v[0-9]+[.][0-9]+}', graph)
  app.route('/', graph)
  app.notFound((c) => refuse(unknownObject(c.req.method, c.req.path.split('/').at(-2) ?? '')))
  app.onError((error) => {
    throw error
  })
}

/** Under @hono/node-server a lost connection is cut for real. */
const cut = (env: unknown): boolean => {
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return false
  const { incoming } = env
  if (typeof incoming !== 'object' || incoming === null || !('destroy' in incoming)) return false
  if (typeof incoming.destroy !== 'function') return false
  incoming.destroy()
  return true
}

interface Parts {
  world: World
  deliveries: Deliveries
  changes: Changes
}

const createVerbs = ({ world, deliveries, changes }: Parts): Omit<GraphApi, 'fetch'> => {
  const { options } = world
  const send = (bytes: Uint8Array<ArrayBuffer>, how: { secret?: string; signature?: string | null } = {}) => {
    const request = signedRequest(options.webhookUrl, bytes, {
      ...how,
      secret: how.secret ?? options.appSecret,
    })
    return (options.deliver ?? fetch)(request)
  }
  return {
    addAccount: (spec) => addAccount(world, spec),
    revokeToken: (token) => {
      const known = world.tokens.get(token)
      if (known !== undefined) known.revoked = true
      world.changed()
    },
    customer: (spec) => customerHandle(world, deliveries, spec),
    post: (body, how) => send(toBytes(body), how),
    repeatLast: async () => {
      const last = deliveries.last()
      return last === null ? null : send(last.bytes)
    },
    verifyWebhook: (url = options.webhookUrl, token = options.verifyToken) =>
      verifyCallback(world, url, token),
    get sends() {
      return world.sends
    },
    get reads() {
      return world.reads
    },
    acceptedBy: (callbackData) => world.accepted.get(callbackData) ?? 0,
    control: createControl(world, deliveries),
    settle: () => deliveries.settle(),
    pending: () => deliveries.pending(),
    save: changes.saveNow,
    load: () => {
      if (options.stateFile === undefined || world.accounts.size > 0) return false
      if (!loadWorld(world, options.stateFile)) return false
      deliveries.resume()
      return true
    },
    close: () => {
      changes.stop()
      deliveries.stop()
      world.time.clear()
    },
  }
}

/** The Graph API look-alike: state, strict answers, signed webhooks, and at `/` the customer's phone. */
export const createGraphApi = (options: GraphApiOptions): GraphApi => {
  const world = createWorld(options)
  const deliveries = new Deliveries(world, {
    onDue: (event) => onDue(world, event),
    onAcknowledged: (event) => onAcknowledged(world, event),
  })
  const changes = trackChanges(world)
  const verbs = createVerbs({ world, deliveries, changes })
  const app = new Hono()
  app.route('/', phonePane())
  app.route('/_control', controlRoutes(world, verbs, changes))
  mountGraph(app, world, deliveries)
  verbs.load()
  return Object.assign(verbs, {
    fetch: async (request: Request, env?: unknown) => {
      try {
        return await app.fetch(request)
      } catch (error) {
        if (error instanceof ConnectionLost && cut(env)) return new Response(null, { status: 500 })
        throw error
      }
    },
  })
}
