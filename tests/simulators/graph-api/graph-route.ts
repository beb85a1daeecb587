import type { Context } from 'hono'
import { authenticate } from './accounts.ts'
import { GraphRefusal, orderedRefusal, unknownObject } from './errors.ts'
import { ConnectionLost, hang, serverError, takeFault } from './faults.ts'
import type { World } from './state.ts'
import type { FaultInput, Json, RouteName, TokenState } from './types.ts'

export interface GraphCall {
  method: string
  /** First path segment after the version. */
  id: string
  query: URLSearchParams
  body: Json
  bearer: string | null
  signal: AbortSignal
}

export interface Route {
  name(call: GraphCall): RouteName
  handle(call: GraphCall): Json | Promise<Json>
  /** Told of every refusal, ordered ones included. */
  onRefused?(call: GraphCall, error: { code: number | null; message: string }): void
}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const readBody = async (c: Context): Promise<Json> => {
  if (c.req.method === 'GET' || c.req.method === 'DELETE') return {}
  const type = c.req.header('content-type') ?? ''
  const text = await c.req.text()
  if (type.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  try {
    const parsed: unknown = JSON.parse(text)
    return isJson(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

const bearerOf = (c: Context, query: URLSearchParams): string | null => {
  const header = c.req.header('authorization')
  if (header === undefined) return query.get('access_token')
  return /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(header)?.[1] ?? null
}

const render = (refusal: GraphRefusal): Response => {
  const headers = new Headers({ 'content-type': 'application/json; charset=UTF-8' })
  if (refusal.retryAfter !== undefined) headers.set('retry-after', String(refusal.retryAfter))
  if (refusal.status === 401) headers.set('www-authenticate', 'OAuth "Facebook Platform" "invalid_token"')
  return new Response(JSON.stringify(refusal.body), { status: refusal.status, headers })
}

const raise = async (fault: FaultInput['as'], signal: AbortSignal) => {
  if (fault === 'timeout') await hang(signal)
  if (fault === 'reset-before') throw new ConnectionLost()
  if (fault === '500') throw serverError()
  if (typeof fault === 'object') throw orderedRefusal(fault)
}

const describe = (error: unknown): { code: number | null; message: string } => ({
  code: error instanceof GraphRefusal ? error.code : null,
  message: error instanceof Error ? error.message : String(error),
})

const answer = async (route: Route, call: GraphCall, fault: FaultInput['as'] | null): Promise<Response> => {
  try {
    if (fault !== null) await raise(fault, call.signal)
    return Response.json(await route.handle(call))
  } catch (error) {
    route.onRefused?.(call, describe(error))
    if (error instanceof GraphRefusal) return render(error)
    throw error
  }
}

/** A Hono handler around one Graph call: latency, ordered faults, refusals as Graph writes them. */
export const graphRoute =
  (world: World, route: Route) =>
  async (c: Context): Promise<Response> => {
    const query = new URL(c.req.url).searchParams
    const call: GraphCall = {
      method: c.req.method,
      id: c.req.param('id') ?? '',
      query,
      body: await readBody(c),
      bearer: bearerOf(c, query),
      signal: c.req.raw.signal,
    }
    if (world.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, world.latencyMs))
    const fault = takeFault(world, route.name(call))
    try {
      const response = await answer(route, call, fault)
      if (fault === 'reset-after') throw new ConnectionLost()
      return response
    } finally {
      world.changed()
    }
  }

/** The token of the call, or its refusal. */
export const tokenOf = (world: World, call: GraphCall): TokenState => authenticate(world, call.bearer)

/** Code 100/33 for whatever this token may not see. */
export const refuseUnknown = (call: GraphCall): never => {
  throw unknownObject(call.method, call.id)
}
