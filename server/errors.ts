/** What may be done about a failure. `unknown-outcome`: it may have happened; never repeat blindly. */
export type Retry = 'never' | 'later' | 'refresh-token' | 'unknown-outcome' | { afterMs: number }

const STATUS = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  malformed: 400,
  too_large: 413,
  rate_limited: 429,
  rights_unavailable: 503,
  unavailable: 503,
  window_closed: 409,
  client_id_reused: 409,
  not_retryable: 409,
  unconfirmed: 409,
  nothing_to_undo: 409,
  channel_disconnected: 409,
  terms_required: 409,
  number_taken: 409,
  token_refused: 422,
  wrong_account: 422,
  phone_unknown: 422,
  portal_unreachable: 502,
  portal_refused: 502,
  portal_limited: 503,
  portal_token_refused: 502,
  portal_gone: 502,
  whatsapp_unreachable: 502,
  whatsapp_refused: 502,
  oauth_refused: 403,
  oauth_unreachable: 502,
  host_refused: 403,
  seal_broken: 500,
  key_destroyed: 410,
  internal: 500,
} as const

export type ErrorCode = keyof typeof STATUS
export type Issue = { path: string; message: string }

type Options = { retry?: Retry; cause?: unknown; issues?: Issue[]; remote?: string }

/** A broken promise with a stable code. `message` may reach a caller; the cause never does. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retry: Retry
  readonly issues: Issue[] | undefined
  /** The other side's own error code, for the log and for tables; never its text. */
  readonly remote: string | undefined

  constructor(code: ErrorCode, message: string, options: Options = {}) {
    super(message)
    this.code = code
    this.retry = options.retry ?? 'never'
    this.issues = options.issues
    this.remote = options.remote
    // Not enumerable, so that no serializer prints what a remote answered.
    Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
  }
}

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): (typeof STATUS)[ErrorCode] => STATUS[code]

/** Any thrown value as an AppError; what is not ours becomes `internal`, without its text. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError
    ? error
    : new AppError('internal', 'Something went wrong on our side.', { cause: error })
}
