import { createRoute } from '@hono/zod-openapi'
import { Diagnosis } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { diagnosePortal } from '../diagnosis/diagnose-portal.ts'
import { startRoundTrip } from '../diagnosis/start-round-trip.ts'
import type { App } from './env.ts'
import { requireAdmin } from './guards/require-admin.ts'
import { widgetSession } from './guards/widget-session.ts'

const security = [{ bearer: [] as string[] }]

/** The administrator's diagnosis and the event round trip. */
export function mountDiagnosisApi(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps), requireAdmin]
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/diagnosis', middleware, security },
      responses: {
        200: {
          description: 'Each check with its state',
          content: { 'application/json': { schema: Diagnosis } },
        },
      },
    }),
    async (c) => c.json(await diagnosePortal(deps, c.var.session.portalId), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/diagnosis/round-trip', middleware, security },
      responses: { 202: { description: 'The portal was asked to send us a test event' } },
    }),
    async (c) => {
      await startRoundTrip(deps, c.var.session.portalId)
      return c.body(null, 202)
    },
  )
}
