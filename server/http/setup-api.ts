import { createRoute } from '@hono/zod-openapi'
import { InstallProgress, Settings, SettingsInput, Setup, TermsInput } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { readInstallProgress, readSetup } from '../portal/read-setup.ts'
import { changeSettings, readSettings } from '../portal/settings.ts'
import { acceptTerms } from '../portal/terms.ts'
import { content, jsonBody, problems, security, userOf } from './api-parts.ts'
import type { App } from './env.ts'
import { requireAdmin } from './guards/require-admin.ts'
import { widgetSession } from './guards/widget-session.ts'

/** What an administrator sets up: the steps, the terms, the settings; and how far an installation is. */
export function mountSetupApi(app: App, deps: Deps): void {
  const middleware = [widgetSession(deps), requireAdmin]
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/install', middleware: [widgetSession(deps)], security },
      responses: { 200: content('How far the registration is', InstallProgress), ...problems(401, 404, 429) },
    }),
    async (c) => c.json(await readInstallProgress(deps, c.var.session.portalId), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/setup', middleware, security },
      responses: { 200: content('The steps, in order', Setup), ...problems(401, 403, 429, 503) },
    }),
    async (c) => c.json(await readSetup(deps, c.var.session.portalId), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'post', path: '/api/terms', middleware, security },
      request: { body: jsonBody(TermsInput) },
      responses: { 204: { description: 'Accepted' }, ...problems(401, 403, 422, 429, 503) },
    }),
    async (c) => {
      await acceptTerms(deps, userOf(c), c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  app.openapi(
    createRoute({
      ...{ method: 'get', path: '/api/settings', middleware, security },
      responses: { 200: content('The settings', Settings), ...problems(401, 403, 404, 429, 503) },
    }),
    async (c) => c.json(await readSettings(deps, c.var.session.portalId), 200),
  )
  app.openapi(
    createRoute({
      ...{ method: 'put', path: '/api/settings', middleware, security },
      request: { body: jsonBody(SettingsInput) },
      responses: { 204: { description: 'Kept' }, ...problems(401, 403, 422, 429, 503) },
    }),
    async (c) => {
      await changeSettings(deps, userOf(c), c.req.valid('json'))
      return c.body(null, 204)
    },
  )
}
