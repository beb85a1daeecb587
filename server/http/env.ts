import type { OpenAPIHono } from '@hono/zod-openapi'
import type { SessionContext } from '../portal/session-context.ts'

/** What handlers find on the request: its id, and behind the session guard who asks. */
export type Env = { Variables: { requestId: string; session: SessionContext } }
export type App = OpenAPIHono<Env>
