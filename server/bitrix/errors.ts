import { AppError, type ErrorCode, type Retry } from '../errors.ts'

/** What a portal answered: HTTP status and the JSON body, undefined when the body was none. */
export type PortalReply = { status: number; body: unknown }

type Row = [code: ErrorCode, retry: Retry]

const MINUTE_MS = 60_000
const TOKEN: Row = ['portal_token_refused', 'never']
const BROKEN: Row = ['portal_unreachable', 'unknown-outcome']
const UNPAID: Row = ['portal_refused', 'later']

// Docs: REST "common errors" and "limits" pages; bitrix24.md §2.3, §3.4, §3.5. What is not listed is `portal_refused`, never repeated.
const ROWS: Readonly<Record<string, Row>> = {
  expired_token: ['portal_token_refused', 'refresh-token'],
  invalid_token: TOKEN,
  NO_AUTH_FOUND: TOKEN,
  authorization_error: TOKEN,
  QUERY_LIMIT_EXCEEDED: ['portal_limited', { afterMs: 1000 }],
  OPERATION_TIME_LIMIT: ['portal_limited', { afterMs: MINUTE_MS }],
  OVERLOAD_LIMIT: ['portal_limited', { afterMs: 10 * MINUTE_MS }],
  PORTAL_DELETED: ['portal_gone', 'never'],
  PAYMENT_REQUIRED: UNPAID,
  INTERNAL_SERVER_ERROR: BROKEN,
  ERROR_UNEXPECTED_ANSWER: BROKEN,
}

/** The failure in a portal's reply, or null when it is none. Judged by `error` in the body: some refusals come with HTTP 200. */
export function portalErrorOf(reply: PortalReply): AppError | null {
  if (reply.status >= 300 && reply.status < 400) {
    return failure('portal_unreachable', 'refresh-token', 'MOVED')
  }
  const body = asRecord(reply.body)
  if (!body) return failure(...BROKEN, 'NOT_JSON')
  if ('error' in body) return refusalOf(body)
  if (!('result' in body) || reply.status >= 400) return failure(...BROKEN, 'ERROR_UNEXPECTED_ANSWER')
  return null
}

/** A failed exchange as an error of the portal client: what the `Http` port knows about the outcome stays. */
export function unreachable(error: unknown): AppError {
  if (!(error instanceof AppError) || error.code === 'host_refused') throw error
  return new AppError('portal_unreachable', 'The portal did not answer.', {
    retry: error.retry,
    remote: 'NO_ANSWER',
    cause: error,
  })
}

function refusalOf(body: Record<string, unknown>): AppError {
  const remote = codeOf(body)
  const [code, retry] = Object.hasOwn(ROWS, remote)
    ? (ROWS[remote] ?? BROKEN)
    : (['portal_refused', 'never'] as const)
  return failure(code, retry, remote)
}

// REST 3 nests the code; old crm.* methods leave it empty and only the text tells.
function codeOf(body: Record<string, unknown>): string {
  const nested = asRecord(body['error'])
  const code = String(nested ? nested['code'] : body['error'])
  if (/^[\w.-]{1,64}$/.test(code)) return code
  const text = String(body['error_description'] ?? '')
  if (/access denied/i.test(text)) return 'ACCESS_DENIED'
  return /not found/i.test(text) ? 'NOT_FOUND' : 'UNNAMED'
}

const WORDS: { readonly [code in ErrorCode]?: string } = {
  portal_limited: 'The portal asks us to slow down.',
  portal_refused: 'The portal refused the request.',
  portal_unreachable: 'The portal did not answer as it should.',
  portal_token_refused: 'The portal no longer accepts the token of this user.',
  portal_gone: 'The portal does not exist any more.',
}

function failure(code: ErrorCode, retry: Retry, remote: string): AppError {
  return new AppError(code, WORDS[code] ?? 'The portal call failed.', { retry, remote })
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
