// The whole server with its jobs, for one portal with several users and one number; the simulated portal lives beside it.
import { writeFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { withPortal } from '#db/tenancy.ts'
import { openDeps } from '#server/adapters/node/open-deps.ts'
import { createNodeApp } from '#server/adapters/node/serve.ts'
import { createHttp } from '#server/adapters/node/http.ts'
import { sealToken } from '#server/channel/channel-token.ts'
import { startIngest } from '#server/delivery/start-ingest.ts'
import type { Deps } from '#server/deps.ts'
import { asId, type ChannelId, type PortalId, type SessionId } from '#server/ids.ts'
import { startJobs } from '#server/jobs/run-jobs.ts'
import { storeTokens } from '#server/portal/access-token.ts'
import { createSession } from '#server/portal/sessions.ts'
import { signSessionToken } from '#server/portal/session-token.ts'
import { createBitrix24 } from '#tests/simulators/bitrix24/app.ts'
import { createSimulatedHttp } from '#tests/support/simulated-http.ts'
import { testConfig } from '#tests/support/test-config.ts'
import { SECRET } from './bodies.ts'

const [url = '', file = '', graphUrl = '', portal = '', channel = '', users = '1'] = process.argv.slice(2)
const config = testConfig({
  DATABASE_URL: url,
  META_APP_SECRET: SECRET,
  META_GRAPH_URL: graphUrl,
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  LOG_LEVEL: 'info',
})
const portalId = asId<PortalId>(portal)
const oauthOrigin = 'https://oauth.bitrix.test'
const bitrix = createBitrix24({ oauthOrigin, ...config.bitrix24 })
const simulated = bitrix.addPortal({ origin: 'https://portal.test' })
for (let n = 0; n < Number(users); n++) simulated.addUser({ name: `User ${n}`, isAdmin: n === 0 })
simulated.beginInstall()
simulated.addCompany({ title: 'Customer' })
const { deps: opened, boss } = await openDeps(config, { work: true })
const toPortal = createSimulatedHttp([
  { origins: () => [oauthOrigin, simulated.origin], fetch: bitrix.fetch },
])
const toGraph = createHttp(config)
const http: Deps['http'] = (request, options) =>
  (request.url.startsWith(graphUrl) ? toGraph : toPortal)(request, options)
const deps: Deps = { ...opened, http }

async function openUser(userId: string): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000)
  const page = { page: 'company-tab', entity: null, conversationId: null, portalLanguage: 'en' } as const
  const code = await withPortal(deps.db, portalId, async (tx) => {
    await storeTokens(tx, deps, portalId, userId, { ...simulated.tokens(Number(userId)), expiresAt })
    return createSession(tx, deps, portalId, { ...page, userId, isAdmin: false })
  })
  const sessionId = asId<SessionId>(code.split('.')[1] ?? '')
  return signSessionToken(deps, { portalId, sessionId, userId }, expiresAt)
}

await withPortal(deps.db, portalId, async (tx) => {
  const sealed = await sealToken(tx, deps.keyring, portalId, asId<ChannelId>(channel), 'bench-token')
  await tx.sql`update app.channel set access_token = ${sealed} where portal_id = ${portalId}`
})
const tokens: string[] = []
for (let n = 1; n <= Number(users); n++) tokens.push(await openUser(String(n)))
writeFileSync(file, JSON.stringify(tokens))
startIngest(deps)
startJobs(deps, boss)
process.on('SIGTERM', () => process.exit(0))
serve({ fetch: createNodeApp(deps).fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.error(`port=${port}`),
)
