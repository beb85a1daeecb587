import type { FaultKind } from '../faults.ts'
import { appOf } from '../sim.ts'
import { Page, type Call } from './call.ts'
import { RestError } from './errors.ts'
import { findMethod } from './registry.ts'
import { timeBlock, type TimeBlock } from './time-block.ts'

export interface Outcome {
  result?: unknown
  total?: number
  next?: number | undefined
  error?: RestError
  time: TimeBlock
}

const WORK_SECONDS = 0.02

/** Runs one method for an authorised caller: faults, operating limit, scope, admin right, the method itself. */
export async function runMethod(call: Call): Promise<Outcome> {
  const started = call.sim.now()
  const key = [call.portal.memberId, call.pair.clientId, call.method].join('|')
  try {
    const result = await judgeAndRun(call, key)
    const time = timeBlock(call.sim, key, started)
    if (result instanceof Page) return { result: result.result, total: result.total, next: result.next, time }
    return { result, time }
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    return { error, time: timeBlock(call.sim, key, started) }
  }
}

async function judgeAndRun(call: Call, key: string): Promise<unknown> {
  const { sim, method } = call
  const fault = sim.faults.take({ route: 'rest', path: `/rest/${method}`, methods: [method] }, isErrorCode)
  if (fault) throw errorOf(fault)
  const definition = findMethod(method)
  if (!definition) throw new RestError(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!')
  if (sim.limits.isBlocked(key, sim.now())) throw errorOf('OPERATION_TIME_LIMIT')
  if (definition.scope !== null && !hasScope(call, definition.scope)) {
    throw new RestError(403, 'insufficient_scope', 'The request requires higher privileges than provided')
  }
  if (definition.adminOnly && !call.user.isAdmin) throw new RestError(403, 'ACCESS_DENIED', 'Access denied!')
  sim.limits.addOperating(key, sim.now(), WORK_SECONDS)
  return definition.run(call)
}

function hasScope(call: Call, scope: string): boolean {
  const owned = appOf(call.sim, call.pair.clientId).scope
  const either = scope.split('|')
  return either.some((one) => call.pair.scope.includes(one) && owned.includes(one))
}

/** Faults that are an answer of the API, as opposed to a broken transport. */
export function isErrorCode(kind: FaultKind): boolean {
  return !['timeout', '500', 'html', 'drop-after'].includes(kind)
}

/** The portal's answer for a fault asked for by the test (docs: system errors). */
export function errorOf(kind: FaultKind): RestError {
  switch (kind) {
    case 'QUERY_LIMIT_EXCEEDED':
      return new RestError(503, kind, 'Too many requests')
    case 'OPERATION_TIME_LIMIT':
      return new RestError(429, kind, 'Method is blocked due to operation time limit.')
    case 'OVERLOAD_LIMIT':
      return new RestError(503, kind, 'REST API is blocked due to overload.')
    case 'PAYMENT_REQUIRED':
      return new RestError(401, kind, 'Payment required')
    case 'expired_token':
      return new RestError(401, kind, 'The access token provided has expired.')
    case 'INTERNAL_SERVER_ERROR':
      return new RestError(500, kind, 'Internal server error')
    default:
      return new RestError(401, kind, kind)
  }
}
