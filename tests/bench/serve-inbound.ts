// The product's inbound path as the server runs it, without the jobs that follow from it. `running` ingests, `paused` does not.
import { serve } from '@hono/node-server'
import { openDeps } from '#server/adapters/node/open-deps.ts'
import { createNodeSignatureCheck } from '#server/adapters/node/signature.ts'
import { createApp } from '#server/app.ts'
import { startIngest } from '#server/delivery/start-ingest.ts'
import { testConfig } from '#tests/support/test-config.ts'
import { SECRET } from './bodies.ts'

const [mode = 'running', url = ''] = process.argv.slice(2)
const config = testConfig({ DATABASE_URL: url, META_APP_SECRET: SECRET, LOG_LEVEL: 'info' })
const { deps } = await openDeps(config, { work: false })
if (mode === 'running') startIngest(deps)
const app = createApp(deps, { signatureCheck: createNodeSignatureCheck(config.meta.appSecrets) })
process.on('SIGTERM', () => process.exit(0))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.error(`port=${port}`))
