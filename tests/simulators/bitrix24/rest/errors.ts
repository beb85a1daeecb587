/** A refusal of the REST API: HTTP status, code, text, and what else stands in the body. */
export class RestError extends Error {
  readonly status: number
  readonly code: string
  readonly extra: Record<string, unknown>

  constructor(status: number, code: string, description: string, extra: Record<string, unknown> = {}) {
    super(description)
    this.status = status
    this.code = code
    this.extra = extra
  }

  get body(): Record<string, unknown> {
    return { error: this.code, error_description: this.message, ...this.extra }
  }
}

/** 403 for a call that only administrators may make. */
export const adminOnly = (): RestError => new RestError(403, 'ACCESS_DENIED', 'Access denied!')

/** 400 `100` for a missing parameter of a controller method. */
export const missing = (name: string): RestError =>
  new RestError(400, '100', `Could not find value for parameter {${name}}`)

/** 400 NOT_FOUND of the CRM controllers. */
export const notFound = (text = 'Item not found'): RestError => new RestError(400, 'NOT_FOUND', text)

/** 400 ACCESS_DENIED of the CRM controllers. */
export const denied = (text = 'Access denied'): RestError => new RestError(400, 'ACCESS_DENIED', text)

/** 400 with an empty code, as the old crm.* methods answer. */
export const oldStyle = (text: string): RestError => new RestError(400, '', text)
