import type { CallRecord, Sim } from './sim.ts'

const KEPT = 20_000

/** Notes a call for later assertions; tokens and secrets stay out of the noted parameters. */
export function recordCall(
  sim: Sim,
  what: {
    route: 'rest' | 'oauth'
    method: string
    request: Request
    params: Record<string, unknown>
    batch?: string
  },
): CallRecord {
  const secret = new Set(['auth', 'client_secret', 'refresh_token', 'access_token'])
  const shown = Object.entries(what.params).filter(([key]) => !secret.has(key.toLowerCase()))
  const url = new URL(what.request.url)
  const call: CallRecord = {
    at: sim.now(),
    host: url.host,
    route: what.route,
    http: what.request.method,
    url: url.href,
    method: what.method,
    batch: what.batch ?? null,
    memberId: null,
    clientId: typeof what.params['client_id'] === 'string' ? what.params['client_id'] : null,
    userId: null,
    params: Object.fromEntries(shown),
    status: 0,
    error: null,
  }
  sim.calls.push(call)
  if (sim.calls.length > KEPT) sim.calls.splice(0, sim.calls.length - KEPT)
  return call
}
