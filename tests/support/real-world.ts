import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { z } from 'zod'
import { createBitrix24, type Portal } from '../simulators/bitrix24/app.ts'
import { createGraphApi } from '../simulators/graph-api/app.ts'
import { readPage } from './pages.ts'
import { freePort, startServer, type RealServer } from './real-server.ts'
import { TEST_ENV } from './test-config.ts'

export const REAL_NUMBER = '106540352242922'
const WABA = '102290129340398'
const TOKEN = 'LEAK_PROBE_channel_token'
export const REAL_SECRET = 'LEAK_PROBE_app_secret'

type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>
type Call = (
  method: string,
  path: string,
  body?: unknown,
  token?: string,
) => Promise<{ status: number; body: unknown }>
const Session = z.object({ token: z.string() })
const Ready = z.object({ ready: z.boolean() })
const Setup = z.object({ termsVersion: z.string() })
const Shown = z.object({ items: z.array(z.object({ id: z.string() })) })
export type RealWorld = Awaited<ReturnType<typeof createRealWorld>>

/** The server as a process of its own on a migrated database, between both simulators on loopback ports; the app is installed and one number connected. */
export async function createRealWorld(appUrl: string, extra: Record<string, string> = {}) {
  const port = await freePort()
  const [portalPort, graphPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${port}`
  const portalOrigin = `http://localhost:${portalPort}`
  const simulators = createSimulators(origin, portalPort, graphPort)
  const { bitrix, graph } = simulators
  const closers = [await listen(portalPort, bitrix.fetch), await listen(graphPort, graph.fetch)]
  const portal = bitrix.addPortal({ origin: portalOrigin, enterprise: true })
  portal.addUser({ id: 1, name: 'Ada', isAdmin: true })
  const env = {
    DATABASE_URL: appUrl,
    META_APP_SECRET: REAL_SECRET,
    META_GRAPH_URL: `http://127.0.0.1:${graphPort}`,
    BITRIX24_OAUTH_ORIGINS: `http://127.0.0.1:${portalPort}`,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    SESSION_TTL_SECONDS: '3600',
    LOG_LEVEL: 'info',
    ...extra,
  }
  const call: Call = async (method, path, body, token = state.token) => {
    const response = await fetch(origin + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }
  const state = { server: await startServer(env, port), token: '' }
  state.token = await install(portal, call)
  return {
    ...{ bitrix, graph, portal, origin, port, env, call },
    server: () => state.server,
    token: () => state.token,
    /** Starts again after a kill or a stop, on the same data and port. */
    restart: async (): Promise<RealServer> => (state.server = await startServer(env, port)),
    close: async () => {
      await state.server.kill()
      bitrix.close()
      graph.close()
      for (const close of closers) close()
    },
  }
}

function createSimulators(origin: string, portalPort: number, graphPort: number) {
  const bitrix = createBitrix24({
    oauthOrigin: `http://127.0.0.1:${portalPort}`,
    clientId: TEST_ENV.BITRIX24_CLIENT_ID,
    clientSecret: TEST_ENV.BITRIX24_CLIENT_SECRET,
    appUrls: {
      install: `${origin}/bitrix/install`,
      app: `${origin}/bitrix/app`,
      installEvent: `${origin}/bitrix/events`,
    },
    allowHttp: true,
    requireDot: false,
  })
  const graph = createGraphApi({
    origin: `http://127.0.0.1:${graphPort}`,
    appId: TEST_ENV.META_APP_ID,
    appSecret: REAL_SECRET,
    verifyToken: TEST_ENV.META_VERIFY_TOKEN,
    webhookUrl: `${origin}/webhooks/meta`,
    statusScript: { sentMs: 50, deliveredMs: 200, readMs: null },
    retry: { scale: 1 / 60, maxMs: 500, lifeMs: 1e12 },
  })
  const number = { phoneNumberId: REAL_NUMBER, displayPhoneNumber: '+1 555-078-3881', verifiedName: 'Shop' }
  graph.addAccount({ wabaId: WABA, token: TOKEN, numbers: [number] })
  return { bitrix, graph }
}

function listen(port: number, fetch: Fetch): Promise<() => void> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () =>
      resolve(() => {
        server.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
    )
  })
}

// As an administrator does it; answers the token of the app's own page.
async function install(portal: Portal, call: Call): Promise<string> {
  const openPage = async (request: Request): Promise<string> => {
    const { boot, status } = await readPage(await fetch(request))
    if (!boot) throw new Error(`no boot code: ${status}`)
    return Session.parse((await call('POST', '/api/session', { code: boot.code }, '')).body).token
  }
  const installer = await openPage(portal.installRequest(1))
  const isReady = async () =>
    Ready.parse((await call('GET', '/api/install', undefined, installer)).body).ready
  while (!(await isReady())) await sleep(50)
  portal.finishInstall(1)
  const token = await openPage(portal.openRequest({ userId: 1, placement: 'DEFAULT' }))
  const { termsVersion } = Setup.parse((await call('GET', '/api/setup', undefined, token)).body)
  await call('POST', '/api/terms', { version: termsVersion, retention: { messages: 'active' } }, token)
  const input = { kind: 'cloud', wabaId: WABA, phoneNumberId: REAL_NUMBER, accessToken: TOKEN }
  const { status } = await call('POST', '/api/channels', input, token)
  if (status !== 201) throw new Error(`connecting answered ${status}`)
  return token
}

/** Customers who wrote once, and the conversations that opened: what may be sent into. */
export async function openConversations(world: RealWorld, count: number): Promise<string[]> {
  for (let n = 0; n < count; n++) {
    const phone = String(16_601_000_000 + n)
    world.graph.customer({ phone, name: `Person ${n}` }).write({ to: REAL_NUMBER, text: `Hello ${n}` })
  }
  for (let tries = 0; tries < 400; tries++) {
    const { items } = Shown.parse((await world.call('GET', '/api/conversations?limit=100')).body)
    if (items.length >= count) return items.map(({ id }) => id)
    await sleep(50)
  }
  throw new Error('the conversations did not open')
}
