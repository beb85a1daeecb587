import { createRoute } from '@hono/zod-openapi'
import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import type { Deps } from '../deps.ts'
import type { ConversationId } from '../ids.ts'
import type { SessionContext } from '../portal/session-context.ts'
import { readSession } from '../portal/sessions.ts'
import { problems, security } from './api-parts.ts'
import type { App } from './env.ts'
import { widgetSession } from './guards/widget-session.ts'

const HEARTBEAT_MS = 15_000
const CHECK_MS = 8_000

/** `GET /api/events`: hints that a conversation of this portal changed. They carry ids only and never ask the portal. */
export function mountEventsApi(app: App, deps: Deps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/events',
      middleware: [widgetSession(deps)],
      security,
      responses: {
        200: {
          description: 'Server-sent events: `{"type":"conversation","id":"…"}` says "read again"',
          content: { 'text/event-stream': {} },
        },
        ...problems(401, 429),
      },
    }),
    (c) => {
      // Proxies that collect an answer before they pass it on would hold every hint back.
      c.header('X-Accel-Buffering', 'no')
      const { session } = c.var
      return streamSSE(c, (stream) => relayHints(deps, session, stream))
    },
  )
}

async function relayHints(deps: Deps, session: SessionContext, stream: SSEStreamingApi): Promise<void> {
  const waiting = new Set<ConversationId>()
  let wake = () => {}
  const unsubscribe = deps.hints.subscribe(session.portalId, (id) => {
    waiting.add(id)
    wake()
  })
  stream.onAbort(() => wake())
  deps.metrics.streams.inc()
  try {
    await stream.write(': open\n\n')
    let beatAt = performance.now() + HEARTBEAT_MS
    let checkAt = performance.now() + CHECK_MS
    while (!stream.aborted && !stream.closed) {
      for (const id of take(waiting))
        await stream.writeSSE({ data: JSON.stringify({ type: 'conversation', id }) })
      const now = performance.now()
      if (now >= checkAt) {
        if (!(await isAlive(deps, session))) return
        checkAt = now + CHECK_MS
      }
      if (now >= beatAt) {
        await stream.write(': beat\n\n')
        beatAt = now + HEARTBEAT_MS
      }
      if (waiting.size === 0) await sleepUntil(Math.min(beatAt, checkAt), (now) => (wake = now))
    }
  } finally {
    unsubscribe()
    deps.metrics.streams.dec()
  }
}

function take(waiting: Set<ConversationId>): ConversationId[] {
  const ids = [...waiting]
  waiting.clear()
  return ids
}

function sleepUntil(at: number, setWake: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, at - performance.now()))
    setWake(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

// Without the database nobody knows; the widget opens the stream again.
async function isAlive(deps: Deps, { portalId, sessionId }: SessionContext): Promise<boolean> {
  return (await readSession(deps, portalId, sessionId).catch(() => null)) !== null
}
