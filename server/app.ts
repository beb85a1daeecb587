import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Deps } from './deps.ts'
import type { WidgetBuild } from '#placements/shell.ts'
import { answerError, answerNotFound, refuseInvalid } from './http/answer-error.ts'
import { mountBitrixEvents } from './http/bitrix-events.ts'
import type { App, Env } from './http/env.ts'
import { mountChannelApi } from './http/channel-api.ts'
import { mountConversationApi } from './http/conversation-api.ts'
import { mountEventsApi } from './http/events-api.ts'
import { mountOpenApi } from './http/openapi.ts'
import { mountDiagnosisApi } from './http/diagnosis-api.ts'
import { mountHealth } from './http/health.ts'
import { mountInstallPage } from './http/install-page.ts'
import { mountMetaWebhook } from './http/meta-webhook.ts'
import { observe, protect } from './http/observe.ts'
import { mountPlacements } from './http/placements.ts'
import { mountSessionApi } from './http/session-api.ts'
import { mountSetupApi } from './http/setup-api.ts'

/** What only the runtime knows: who is connected, and where the built widget lies. */
export type Runtime = {
  peer(c: Context): string | undefined
  assets: MiddlewareHandler
  /** What the build of the widget left behind. */
  widget(): WidgetBuild
}

/** The whole HTTP surface over `deps`; the same in every runtime and in every test. */
export function createApp(deps: Deps, runtime: Runtime): App {
  const app: App = new OpenAPIHono<Env>({ defaultHook: refuseInvalid })
  app.onError((error, c) => answerError(deps, error, c))
  app.notFound(answerNotFound)
  app.use(observe(deps), protect)
  mountHealth(app, deps, runtime.peer)
  mountMetaWebhook(app, deps)
  mountInstallPage(app, deps, runtime.widget)
  mountPlacements(app, deps, runtime.widget)
  mountBitrixEvents(app, deps)
  mountSessionApi(app, deps)
  mountSetupApi(app, deps)
  mountConversationApi(app, deps)
  mountChannelApi(app, deps)
  mountEventsApi(app, deps)
  mountDiagnosisApi(app, deps)
  mountOpenApi(app)
  app.use('/assets/*', runtime.assets)
  return app
}
