import { RequestError, type FieldIssue } from './request-error.ts'

export type Call = {
  method: string
  path: string
  token?: string | null
  body?: unknown
  timeoutMs?: number
  signal?: AbortSignal
}

/** Lets the calls and the live stream agree on whether the server can be reached. */
export type Reachability = { report: (reachable: boolean) => void }

/** One JSON call; throws RequestError; 204 answers undefined. */
export async function callJson(call: Call, reachability?: Reachability): Promise<unknown> {
  const response = await send(call, reachability)
  if (response.status === 204) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw toError(response, body)
  if (body === undefined) throw new RequestError('bad_answer', { status: response.status })
  return body
}

async function send(call: Call, reachability?: Reachability): Promise<Response> {
  const timeout = AbortSignal.timeout(call.timeoutMs ?? 15_000)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (call.token) headers['authorization'] = `Bearer ${call.token}`
  if (call.body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(call.path, {
      method: call.method,
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal ? AbortSignal.any([timeout, call.signal]) : timeout,
      credentials: 'omit',
      cache: 'no-store',
    })
    reachability?.report(true)
    return response
  } catch (error) {
    if (call.signal?.aborted) throw error
    if (timeout.aborted) throw new RequestError('timeout')
    reachability?.report(false)
    throw new RequestError('offline')
  }
}

function toError(response: Response, body: unknown): RequestError {
  const error = (body as { error?: { code?: string; requestId?: string; issues?: FieldIssue[] } } | undefined)
    ?.error
  const retryAfter = Number(response.headers.get('retry-after'))
  return new RequestError(error?.code ?? `http_${response.status}`, {
    status: response.status,
    ...(error?.requestId ? { requestId: error.requestId } : {}),
    ...(error?.issues ? { issues: error.issues } : {}),
    ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
  })
}
