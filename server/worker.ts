import { openIsolate, type Bindings, type Opened } from './adapters/cloudflare/open-isolate.ts'
import { createApp } from './app.ts'
import type { ApiError } from './contract.ts'
import { newId } from './ids.ts'

/** The part of Cloudflare's ExecutionContext that is used here. */
type Context = { waitUntil(work: Promise<unknown>): void }

// One environment per isolate: what was read once holds until the isolate ends.
let opened: Opened | undefined

export default {
  /** Liveness and the webhook of Meta; what is stored is ingested by the Node server. */
  async fetch(request: Request, bindings: Bindings, context: Context): Promise<Response> {
    opened ??= open(bindings)
    if (!opened.ok) return refuse()
    const { signatureCheck, openDeps } = opened.isolate
    const { deps, close } = openDeps()
    try {
      return await createApp(deps, { signatureCheck }).fetch(request)
    } finally {
      context.waitUntil(close())
    }
  },
}

function open(bindings: Bindings): Opened {
  const result = openIsolate(bindings)
  if (!result.ok) for (const problem of result.problems) console.error(problem)
  return result
}

function refuse(): Response {
  const message = 'The configuration is not right; the log says what.'
  const error: ApiError['error'] = { code: 'unavailable', message, requestId: newId() }
  return Response.json({ error }, { status: 503, headers: { 'Cache-Control': 'no-store' } })
}
