import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Deps } from './deps.ts'
import { answerError, answerNotFound, refuseInvalid } from './http/answer-error.ts'
import type { App, Env } from './http/env.ts'
import { mountDiagnosisApi } from './http/diagnosis-api.ts'
import { mountHealth } from './http/health.ts'
import { mountMetaWebhook } from './http/meta-webhook.ts'
import { observe, protect } from './http/observe.ts'

/** What only the runtime knows: who is connected, and where the built widget lies. */
export type Runtime = {
  peer(c: Context): string | undefined
  assets: MiddlewareHandler
}

/** The whole HTTP surface over `deps`; the same in every runtime and in every test. */
export function createApp(deps: Deps, runtime: Runtime): App {
  const app: App = new OpenAPIHono<Env>({ defaultHook: refuseInvalid })
  app.onError((error, c) => answerError(deps, error, c))
  app.notFound(answerNotFound)
  app.use(observe(deps), protect)
  mountHealth(app, deps, runtime.peer)
  mountMetaWebhook(app, deps)
  mountDiagnosisApi(app, deps)
  app.use('/assets/*', runtime.assets)
  return app
}
