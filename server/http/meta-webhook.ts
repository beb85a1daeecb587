import { sameText } from '../crypto/same-bytes.ts'
import type { IntakeDeps } from '../deps.ts'
import { AppError, statusOf, toAppError } from '../errors.ts'
import type { SignatureCheck } from '../whatsapp/signature.ts'
import type { App } from './env.ts'
import { requireMetaSignature } from './guards/meta-signature.ts'
import { readBody } from './guards/read-body.ts'

/** Meta's bodies reach 3 MB (Cloud API, webhooks overview). */
const BODY_LIMIT = 4_000_000

const decoder = new TextDecoder()

/** Verification and deliveries of Meta; a delivery is answered when it is on disk. `check` uses what the runtime is fast at. */
export function mountMetaWebhook(app: App, deps: IntakeDeps, check: SignatureCheck): void {
  app.get('/webhooks/meta', (c) => {
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = c.req.query()
    const known = sameText(token ?? '', deps.config.meta.verifyToken)
    if (mode !== 'subscribe' || !known || !challenge) {
      throw new AppError('forbidden', 'The verify token is wrong.')
    }
    return c.text(challenge)
  })

  app.post('/webhooks/meta', async (c) => {
    try {
      const body = await readBody(c.req.raw, BODY_LIMIT)
      await requireMetaSignature(check, body, c.req.header('x-hub-signature-256'))
      requireObject(body)
      await deps.intake.append(body)
      deps.metrics.deliveries.inc({ answer: '200' })
      return c.body(null, 200)
    } catch (error) {
      deps.metrics.deliveries.inc({ answer: String(statusOf(toAppError(error).code)) })
      throw error
    }
  })
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
