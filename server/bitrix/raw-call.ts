import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { portalErrorOf, unreachable } from './errors.ts'
import { encodePhpQuery } from './php-form.ts'

export type Command = { method: string; params: Record<string, unknown> }
export type CommandAnswer =
  { ok: true; result: unknown; total?: number; next?: number } | { ok: false; error: AppError }

/** Most commands of one `batch` request (docs: batch). */
export const BATCH_SIZE = 50
const LARGEST_ANSWER = 16 * 1024 * 1024

/** One REST call with a token that need not be stored; the answer's `result`. Past the limiter and the call log. */
export async function rawPortalCall(
  deps: Deps,
  endpoint: string,
  accessToken: string,
  method: string,
  params: Record<string, unknown>,
  timeoutMs: number,
): Promise<unknown> {
  const request = new Request(`${endpoint}${method}`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'wasync/1' },
    body: JSON.stringify({ ...params, auth: accessToken }),
  })
  const response = await deps
    .http(request, { timeoutMs, maxBytes: LARGEST_ANSWER })
    .catch((error: unknown) => {
      throw unreachable(error)
    })
  const body = await response.json().catch(() => undefined)
  const error = portalErrorOf({ status: response.status, body })
  if (error) throw withReset(error, body)
  return field(body, 'result')
}

/** Up to 50 commands in one request, in order, none stopped by another's failure. Throws only when the request as a whole failed. */
export async function rawPortalBatch(
  deps: Deps,
  endpoint: string,
  accessToken: string,
  commands: Record<string, Command>,
  timeoutMs: number,
): Promise<Record<string, CommandAnswer>> {
  const cmd = Object.fromEntries(
    Object.entries(commands).map(([key, { method, params }]) => [key, `${method}?${encodePhpQuery(params)}`]),
  )
  const whole = await rawPortalCall(deps, endpoint, accessToken, 'batch', { halt: 0, cmd }, timeoutMs)
  return Object.fromEntries(Object.keys(commands).map((key) => [key, answerOf(whole, key)]))
}

/** When a refused method is free again, unix seconds, if the portal said so. */
export function resetAtOf(error: AppError): number | undefined {
  const cause = error.cause
  return typeof cause === 'object' &&
    cause !== null &&
    'resetAt' in cause &&
    typeof cause.resetAt === 'number'
    ? cause.resetAt
    : undefined
}

function withReset(error: AppError, body: unknown): AppError {
  const resetAt = field(field(body, 'time'), 'operating_reset_at')
  if (typeof resetAt !== 'number') return error
  const { code, message, retry, remote = '' } = error
  return new AppError(code, message, { retry, remote, cause: { resetAt } })
}

function answerOf(whole: unknown, key: string): CommandAnswer {
  const refused = field(field(whole, 'result_error'), key)
  const results = field(whole, 'result')
  if (refused === undefined && has(results, key)) {
    const total = field(field(whole, 'result_total'), key)
    const next = field(field(whole, 'result_next'), key)
    return {
      ok: true,
      result: field(results, key),
      ...(typeof total === 'number' && { total }),
      ...(typeof next === 'number' && { next }),
    }
  }
  const error = portalErrorOf({ status: 200, body: refused ?? {} })
  return {
    ok: false,
    error: withReset(error ?? leftOut(), { time: field(field(whole, 'result_time'), key) }),
  }
}

const leftOut = () =>
  new AppError('portal_unreachable', 'The portal left a command out.', { retry: 'unknown-outcome' })

// Maps may arrive as lists: PHP writes an empty one as [].
const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)

function field(value: unknown, key: string): unknown {
  return has(value, key) ? (value as Record<string, unknown>)[key] : undefined
}
