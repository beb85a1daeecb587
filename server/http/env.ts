import type { OpenAPIHono } from '@hono/zod-openapi'
import type { SessionContext } from '../portal/session-context.ts'

/** What handlers find on the request: its id, and behind the session guard who asks and whether the portal still calls them an administrator. */
export type Env = {
  Variables: { requestId: string; session: SessionContext; confirmAdmin: () => Promise<boolean> }
}
export type App = OpenAPIHono<Env>
