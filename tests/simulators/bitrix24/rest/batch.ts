import { parseForm, phpMap } from '../parse-form.ts'
import { recordCall } from '../record-call.ts'
import type { Call } from './call.ts'
import { RestError } from './errors.ts'
import { asFlag, asMap, Params } from './params.ts'
import { runMethod, type Outcome } from './run-method.ts'

const MAX_COMMANDS = 50

/** `batch`: up to 50 commands in order, `$result[key][field]` from earlier ones, errors beside results, always 200. */
export async function runBatch(
  base: Omit<Call, 'method'>,
  request: Request,
): Promise<Record<string, unknown>> {
  const commands = Object.entries(asMap(base.params.any('cmd')))
  const halt = asFlag(base.params.any('halt'))
  const outcomes = new Map<string, Outcome>()
  const results: Record<string, unknown> = {}
  for (const [index, [key, command]] of commands.entries()) {
    const outcome =
      index < MAX_COMMANDS ? await runCommand(base, request, key, String(command), results) : tooMany()
    outcomes.set(key, outcome)
    if (outcome.error) {
      if (halt) break
    } else results[key] = outcome.result
  }
  return shape(outcomes)
}

/** Names of the methods inside a batch, for faults that hit the request as a whole. */
export function innerMethods(params: Record<string, unknown>): string[] {
  return Object.values(asMap(new Params(params).any('cmd'))).map(
    (command) => splitCommand(String(command)).method,
  )
}

async function runCommand(
  base: Omit<Call, 'method'>,
  request: Request,
  key: string,
  command: string,
  results: Record<string, unknown>,
): Promise<Outcome> {
  const { method, query } = splitCommand(command)
  const raw = asMap(substitute(parseForm(query), results))
  const noted = recordCall(base.sim, { route: 'rest', method, request, params: raw, batch: key })
  Object.assign(noted, { memberId: base.portal.memberId, clientId: base.pair.clientId, userId: base.user.id })
  const outcome =
    method === 'batch'
      ? refused(new RestError(405, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage'))
      : await runMethod({ ...base, method, params: new Params(raw) })
  noted.status = outcome.error?.status ?? 200
  noted.error = outcome.error?.code ?? null
  return outcome
}

function splitCommand(command: string): { method: string; query: string } {
  const [path = '', ...rest] = command.split('?')
  return {
    method: path
      .replace(/^\//, '')
      .replace(/\.json$/, '')
      .toLowerCase(),
    query: rest.join('?'),
  }
}

function substitute(value: unknown, results: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => substitute(one, results))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substitute(one, results)]))
  }
  if (typeof value !== 'string') return value
  const whole = /^\$result((?:\[[^\]]*\])+)$/.exec(value)
  if (whole) return lookup(results, whole[1] ?? '')
  return value.replaceAll(/\$result((?:\[[^\]]*\])+)/g, (_, path: string) =>
    String(lookup(results, path) ?? ''),
  )
}

function lookup(results: Record<string, unknown>, path: string): unknown {
  const keys = [...path.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')
  return keys.reduce<unknown>((node, key) => asMap(node)[key], results)
}

const emptyTime = {
  ...{ start: 0, finish: 0, duration: 0, processing: 0 },
  ...{ date_start: '', date_finish: '', operating_reset_at: 0, operating: 0 },
}
const refused = (error: RestError): Outcome => ({ error, time: emptyTime })
const tooMany = (): Outcome =>
  refused(new RestError(400, 'ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded'))

function shape(outcomes: Map<string, Outcome>): Record<string, unknown> {
  const pick = (read: (outcome: Outcome) => unknown): unknown =>
    phpMap(
      Object.fromEntries(
        [...outcomes].map(([key, one]) => [key, read(one)]).filter(([, value]) => value !== undefined),
      ),
    )
  return {
    result: pick((one) => (one.error ? undefined : (one.result ?? null))),
    result_error: pick((one) => one.error?.body),
    result_total: pick((one) => one.total),
    result_next: pick((one) => one.next),
    result_time: pick((one) => (one.error ? undefined : one.time)),
  }
}
