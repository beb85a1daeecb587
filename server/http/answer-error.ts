import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import type { ApiError } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { AppError, statusOf, toAppError, type ErrorCode, type Issue } from '../errors.ts'
import type { Env } from './env.ts'

/** Renders any thrown value as the one error shape; a 500 shows nothing of its inside and is logged here, once. */
export function answerError(deps: Pick<Deps, 'log'>, error: unknown, c: Context<Env>): Response {
  const known = error instanceof HTTPException ? ofStatus(error.status) : toAppError(error)
  const status = statusOf(known.code)
  if (status >= 500) deps.log.error('request.failed', { requestId: c.var.requestId, code: known.code, error })
  if (typeof known.retry === 'object') c.header('Retry-After', String(Math.ceil(known.retry.afterMs / 1000)))
  return c.json(
    body(known.code, known.message, c.var.requestId, known.issues),
    status as ContentfulStatusCode,
  )
}

/** The same shape for a path or method that is not there. */
export function answerNotFound(c: Context<Env>): Response {
  return c.json(body('not_found', 'There is nothing here.', c.var.requestId), 404)
}

/** Turns a failed zod check of a request into 422 with its issues; values are never repeated. */
export function refuseInvalid(result: { success: true } | { success: false; error: z.ZodError }): void {
  if (result.success) return
  const issues = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  throw new AppError('invalid', 'Some values are not right.', { issues })
}

function body(code: ErrorCode, message: string, requestId: string, issues?: Issue[]): ApiError {
  return { error: { code, message, requestId, ...(issues ? { issues } : {}) } }
}

function ofStatus(status: number): AppError {
  if (status === 413) return new AppError('too_large', 'The body is too large.')
  if (status === 400) return new AppError('malformed', 'The body is not readable.')
  return new AppError(status === 401 ? 'unauthorized' : 'invalid', 'The request is not right.')
}
