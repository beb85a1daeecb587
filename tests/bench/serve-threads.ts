// The whole API for many portals, each with one user and a simulated portal that is asked about rights.
import { readFileSync, writeFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { withPortal } from '#db/tenancy.ts'
import { openDeps } from '#server/adapters/node/open-deps.ts'
import { createNodeApp } from '#server/adapters/node/serve.ts'
import type { Deps } from '#server/deps.ts'
import { asId, type PortalId, type SessionId } from '#server/ids.ts'
import { storeTokens } from '#server/portal/access-token.ts'
import { createSession } from '#server/portal/sessions.ts'
import { signSessionToken } from '#server/portal/session-token.ts'
import { createBitrix24 } from '#tests/simulators/bitrix24/app.ts'
import { createSimulatedHttp } from '#tests/support/simulated-http.ts'
import { testConfig } from '#tests/support/test-config.ts'

const [url = '', file = ''] = process.argv.slice(2)
const config = testConfig({ DATABASE_URL: url, LOG_LEVEL: 'info' })
const oauthOrigin = 'https://oauth.bitrix.test'
const bitrix = createBitrix24({ oauthOrigin, ...config.bitrix24 })
const origins = new Set([oauthOrigin])
const { deps: opened } = await openDeps(config, { work: false })
const http = createSimulatedHttp([{ origins: () => [...origins], fetch: bitrix.fetch }])
const deps: Deps = { ...opened, http }
// The first simulated portal is left empty: numbers of the seed begin with two.
bitrix.addPortal()

async function openUser(portalId: PortalId): Promise<string> {
  const portal = bitrix.addPortal()
  portal.addUser({ name: 'Ada' })
  portal.beginInstall()
  portal.addCompany({ title: 'Customer' })
  origins.add(portal.origin)
  const expiresAt = new Date(Date.now() + 3_600_000)
  const page = { page: 'company-tab', entity: null, conversationId: null, portalLanguage: 'en' } as const
  const code = await withPortal(deps.db, portalId, async (tx) => {
    await storeTokens(tx, deps, portalId, '1', { ...portal.tokens(1), expiresAt })
    return createSession(tx, deps, portalId, { ...page, userId: '1', isAdmin: false })
  })
  const sessionId = asId<SessionId>(code.split('.')[1] ?? '')
  return signSessionToken(deps, { portalId, sessionId, userId: '1' }, expiresAt)
}

const portals: PortalId[] = JSON.parse(readFileSync(file, 'utf8'))
const tokens: string[] = []
for (const portalId of portals) tokens.push(await openUser(portalId))
writeFileSync(file, JSON.stringify(tokens))
const app = createNodeApp(deps)
app.get('/bench/misses', (c) => c.json(bitrix.control.requests().length))
process.on('SIGTERM', () => process.exit(0))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.error(`port=${port}`))
