import type { Context, MiddlewareHandler } from 'hono'
import type { WidgetBuild } from '#placements/shell.ts'
import type { Deps } from '../deps.ts'
import type { App } from './env.ts'
import { mountBitrixEvents } from './bitrix-events.ts'
import { mountChannelApi } from './channel-api.ts'
import { mountConversationApi } from './conversation-api.ts'
import { mountConversationsApi } from './conversations-api.ts'
import { mountCrmApi } from './crm-api.ts'
import { mountDiagnosisApi } from './diagnosis-api.ts'
import { mountEventsApi } from './events-api.ts'
import { mountInstallPage } from './install-page.ts'
import { mountOpenApi } from './openapi.ts'
import { mountPlacements } from './placements.ts'
import { mountReadiness } from './readiness.ts'
import { mountSessionApi } from './session-api.ts'
import { mountSetupApi } from './setup-api.ts'

/** What only the runtime knows: who is connected, and where the built widget lies. */
export type Surroundings = {
  peer(c: Context): string | undefined
  assets: MiddlewareHandler
  /** What the build of the widget left behind. */
  widget(): WidgetBuild
}

/** Mounts the whole product beside liveness and the webhook of Meta. */
export function mountAll(app: App, deps: Deps, runtime: Surroundings): void {
  mountReadiness(app, deps, runtime.peer)
  mountInstallPage(app, deps, runtime.widget)
  mountPlacements(app, deps, runtime.widget)
  mountBitrixEvents(app, deps)
  mountSessionApi(app, deps)
  mountSetupApi(app, deps)
  mountConversationsApi(app, deps)
  mountConversationApi(app, deps)
  mountCrmApi(app, deps)
  mountChannelApi(app, deps)
  mountEventsApi(app, deps)
  mountDiagnosisApi(app, deps)
  mountOpenApi(app)
  app.use('/assets/*', runtime.assets)
}
