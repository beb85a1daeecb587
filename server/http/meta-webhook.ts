import { sameText } from '../crypto/same-bytes.ts'
import type { IntakeDeps } from '../deps.ts'
import { AppError, statusOf, toAppError } from '../errors.ts'
import type { SignatureCheck } from '../whatsapp/signature.ts'
import { newId } from '../ids.ts'
import { answerError } from './answer-error.ts'
import type { App } from './env.ts'
import { requireMetaSignature } from './guards/meta-signature.ts'
import { readBody } from './guards/read-body.ts'
import { PROTECTION } from './observe.ts'

/** Meta's bodies reach 3 MB (Cloud API, webhooks overview). */
const BODY_LIMIT = 4_000_000

const ROUTE = '/webhooks/meta'
const decoder = new TextDecoder()

/** Verification and deliveries of Meta; a delivery is answered when it is on disk. `check` uses what the runtime is fast at. Mounted before the middleware of the rest, which would cost a post a third of its time. */
export function mountMetaWebhook(app: App, deps: IntakeDeps, check: SignatureCheck): void {
  const answered = createCount(deps)
  app.get(ROUTE, (c) => {
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = c.req.query()
    const known = sameText(token ?? '', deps.config.meta.verifyToken)
    if (mode !== 'subscribe' || !known || !challenge) {
      throw new AppError('forbidden', 'The verify token is wrong.')
    }
    return c.text(challenge, 200, PROTECTION)
  })

  app.post(ROUTE, async (c) => {
    const started = performance.now()
    const requestId = newId()
    const observe = (status: number) => {
      const ms = Math.round(performance.now() - started)
      answered(status, ms)
      deps.log.info('request', { requestId, route: ROUTE, method: 'POST', status, ms })
    }
    try {
      const body = await readBody(c.req.raw, BODY_LIMIT)
      await requireMetaSignature(check, body, c.req.header('x-hub-signature-256'))
      requireObject(body)
      await deps.intake.append(body)
      observe(200)
      return c.body(null, 200, { 'X-Request-Id': requestId })
    } catch (error) {
      observe(statusOf(toAppError(error).code))
      c.set('requestId', requestId)
      const answer = answerError(deps, error, c)
      for (const [name, value] of Object.entries(PROTECTION)) answer.headers.set(name, value)
      answer.headers.set('X-Request-Id', requestId)
      return answer
    }
  })
}

// Children of the metrics are looked up once per status: by label that costs more than the count itself.
function createCount({ metrics }: IntakeDeps): (status: number, ms: number) => void {
  const known = new Map<number, { inc(): void; observe(seconds: number): void }>()
  const find = (status: number) => {
    const count = metrics.deliveries.labels(String(status))
    const time = metrics.requests.labels(ROUTE, String(status))
    const fresh = { inc: () => count.inc(), observe: (seconds: number) => time.observe(seconds) }
    known.set(status, fresh)
    return fresh
  }
  return (status, ms) => {
    const metric = known.get(status) ?? find(status)
    metric.inc()
    metric.observe(ms / 1000)
  }
}

function requireObject(body: Uint8Array): void {
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(body))
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('malformed', 'The body is not a JSON object.')
  }
}
