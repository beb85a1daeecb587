export type FieldIssue = { path: string; message: string }
type Details = { status?: number; requestId?: string; issues?: FieldIssue[]; retryAfterMs?: number }

/** A failed API call: `code` of the answer, or `offline`, `timeout`, `ended`, `bad_answer` of our own. */
export class RequestError extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string | null
  readonly issues: FieldIssue[]
  readonly retryAfterMs: number | null

  constructor(code: string, details: Details = {}) {
    super(code)
    this.code = code
    this.status = details.status ?? 0
    this.requestId = details.requestId ?? null
    this.issues = details.issues ?? []
    this.retryAfterMs = details.retryAfterMs ?? null
  }

  /** True when the server may be asked the same again: nothing was refused. */
  get passing(): boolean {
    return this.status === 0 ? this.code !== 'ended' : this.status === 429 || this.status >= 500
  }
}

/** Any thrown value as a RequestError. */
export const toRequestError = (error: unknown): RequestError =>
  error instanceof RequestError ? error : new RequestError('bad_answer')
