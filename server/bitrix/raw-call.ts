import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { portalErrorOf, unreachable } from './errors.ts'
import { encodePhpQuery } from './php-form.ts'

export type Command = { method: string; params: Record<string, unknown> }
/** What an application has spent on a method in ten minutes, and when (unix seconds) the first of it is forgiven. */
export type Operating = { seconds: number; resetAt: number }
export type CommandAnswer =
  | { ok: true; result: unknown; total?: number; next?: number; operating?: Operating }
  | { ok: false; error: AppError }

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
  return (await askPortal(deps, { endpoint, token: accessToken }, { method, params }, timeoutMs)).result
}

/** `rawPortalCall` with what the call cost. */
export async function askPortal(
  deps: Deps,
  { endpoint, token }: { endpoint: string; token: string },
  { method, params }: Command,
  timeoutMs: number,
): Promise<{ result: unknown; operating?: Operating }> {
  const request = new Request(`${endpoint}${method}`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'wasync/1' },
    body: JSON.stringify({ ...params, auth: token }),
  })
  const response = await deps
    .http(request, { timeoutMs, maxBytes: LARGEST_ANSWER })
    .catch((error: unknown) => {
      throw unreachable(error)
    })
  const body = await response.json().catch(() => undefined)
  const error = portalErrorOf({ status: response.status, body })
  if (error) throw error
  return { result: field(body, 'result'), ...operatingOf(field(body, 'time')) }
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

function operatingOf(time: unknown): { operating?: Operating } {
  const [seconds, resetAt] = [field(time, 'operating'), field(time, 'operating_reset_at')]
  return typeof seconds === 'number' && typeof resetAt === 'number' ? { operating: { seconds, resetAt } } : {}
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
      ...operatingOf(field(field(whole, 'result_time'), key)),
    }
  }
  return { ok: false, error: portalErrorOf({ status: 200, body: refused ?? {} }) ?? leftOut() }
}

const leftOut = () =>
  new AppError('portal_unreachable', 'The portal left a command out.', { retry: 'unknown-outcome' })

// Maps may arrive as lists: PHP writes an empty one as [].
const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)

function field(value: unknown, key: string): unknown {
  return has(value, key) ? (value as Record<string, unknown>)[key] : undefined
}
