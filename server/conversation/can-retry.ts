import { failureOf } from '../whatsapp/errors.ts'

/** After this long without evidence a person may choose to send an unconfirmed message again (contract §3.2). */
export const DOUBT_MS = 15 * 60_000
const DAY_MS = 24 * 3_600_000

export type RetryFacts = {
  status: string
  errorCode: string | null
  /** When the last attempt began, ms; null when there was none. */
  triedAt: number | null
  /** When the customer last wrote, ms. */
  inboundAt: number | null
  now: number
}

/** What a person may do about an outbound message now: repeat it, repeat it at the risk of a double, or nothing. */
export function canRetry(facts: RetryFacts): 'allowed' | 'may-duplicate' | null {
  const { status, triedAt, now } = facts
  if (status === 'unconfirmed') return triedAt !== null && now - triedAt >= DOUBT_MS ? 'may-duplicate' : null
  if (status !== 'failed') return null
  return canPass(facts) ? 'allowed' : null
}

function canPass({ errorCode, triedAt, inboundAt, now }: RetryFacts): boolean {
  const { code, next } = failureOf(errorCode ?? 'other')
  // The window opens again with the customer's next message.
  if (code === 'window_closed') return inboundAt !== null && inboundAt > (triedAt ?? now)
  if (next === 'after-day') return triedAt !== null && now - triedAt >= DAY_MS
  return next !== 'never'
}
