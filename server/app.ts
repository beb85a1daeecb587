import { OpenAPIHono } from '@hono/zod-openapi'
import type { IntakeDeps } from './deps.ts'
import { answerError, answerNotFound, refuseInvalid } from './http/answer-error.ts'
import type { App, Env } from './http/env.ts'
import { mountHealth } from './http/health.ts'
import { mountMetaWebhook } from './http/meta-webhook.ts'
import { observe, protect } from './http/observe.ts'
import type { SignatureCheck } from './whatsapp/signature.ts'

/** How a runtime checks signatures, and what it serves beyond liveness and the webhook of Meta. */
export type Runtime = {
  signatureCheck: SignatureCheck
  mount?(app: App): void
}

/** The one application of every runtime and every test; what a runtime does not mount is not there. */
export function createApp(deps: IntakeDeps, runtime: Runtime): App {
  const app: App = new OpenAPIHono<Env>({ defaultHook: refuseInvalid })
  app.onError((error, c) => answerError(deps, error, c))
  app.notFound(answerNotFound)
  mountMetaWebhook(app, deps, runtime.signatureCheck)
  app.use(observe(deps), protect)
  mountHealth(app)
  runtime.mount?.(app)
  return app
}
