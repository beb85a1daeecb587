import { join } from 'node:path'
import { createBitrix24 } from './bitrix24/app.ts'
import { createGraphApi } from './graph-api/app.ts'
import { openLine } from './demo/line.ts'
import { runServer, type DemoSecrets } from './demo/run-server.ts'
import { NUMBER, seedConversations } from './demo/seed-conversations.ts'
import { seedPortal } from './demo/seed-portal.ts'
import { serveSimulator } from './demo/serve-simulator.ts'
import { openSettings } from './demo/settings.ts'
import { createTour } from './demo/tour.ts'

// npm run demo: the real server between a simulated portal and a simulated WhatsApp, all on this machine.
const settings = await openSettings(process.env['DATA_DIR'] ?? '.data')
const { ports, folder } = settings
const origin = { app: `http://127.0.0.1:${ports.app}`, graph: `http://127.0.0.1:${ports.graph}` }
const portalOrigin = `http://localhost:${ports.portal}`
const secrets: DemoSecrets = {
  clientId: 'app.60d1f00dc0ffee.00000001',
  clientSecret: 'demo-client-secret',
  appId: '100000000000001',
  appSecret: 'demo-app-secret',
  verifyToken: 'demo-verify-token',
}
const bitrix = createBitrix24({
  oauthOrigin: `http://127.0.0.1:${ports.portal}`,
  clientId: secrets.clientId,
  clientSecret: secrets.clientSecret,
  stateFile: join(folder, 'portal.json'),
  appUrls: {
    install: `${origin.app}/bitrix/install`,
    app: `${origin.app}/bitrix/app`,
    installEvent: `${origin.app}/bitrix/events`,
  },
})
const graph = createGraphApi({
  origin: origin.graph,
  appId: secrets.appId,
  appSecret: secrets.appSecret,
  verifyToken: secrets.verifyToken,
  webhookUrl: `${origin.app}/webhooks/meta`,
  stateFile: join(folder, 'graph.json'),
  statusScript: { sentMs: 300, deliveredMs: 900, readMs: null },
  // The phone keeps trying for as long as the demo runs, however long the server is away.
  retry: { scale: 1 / 60, maxMs: 5_000, lifeMs: 1e12 },
})
const portal = bitrix.portals[0] ?? seedPortal(bitrix, portalOrigin)
if (!settings.seeded) graph.addAccount({ ...NUMBER, numbers: [NUMBER] })
const line = await openLine(ports.app, ports.inner)
const tour = createTour({ portal, graph, line, urls: { portal: portalOrigin, phone: origin.graph } })
const served = [
  await serveSimulator(ports.portal, (request, env) =>
    new URL(request.url).pathname.startsWith('/tour') ? tour.fetch(request) : bitrix.fetch(request, env),
  ),
  await serveSimulator(ports.graph, (request, env) => graph.fetch(request, env)),
]
const server = await runServer(settings, secrets)
if (!settings.seeded) {
  await seedConversations(portal, graph)
  settings.seeded = true
  settings.save()
}

console.log(`
Ready. Ctrl-C stops everything; the next start finds what was there (${folder}).
1. A contact card as Daniel, with the WhatsApp tab:  ${portalOrigin}/crm/contact/details/1/?as=2
2. The customer's phone; write as Elena:             ${origin.graph}/
3. The same card as Mihai, who may not read it:      ${portalOrigin}/crm/contact/details/1/?as=3
4. The app's own page, for the administrator:        ${portalOrigin}/devops/app/?as=1
5. The portal, its lists and users:                  ${portalOrigin}/
6. A short tour with faults to try:                  ${portalOrigin}/tour
`)

let stopping = false
const stop = async () => {
  if (stopping) return
  stopping = true
  line.close()
  await server.stop()
  bitrix.close()
  graph.save()
  graph.close()
  for (const one of served) one.close()
  process.exit(0)
}
process.on('SIGINT', () => void stop())
process.on('SIGTERM', () => void stop())
