import { lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { Agent, fetch } from 'undici'
import { AppError } from '../../errors.ts'
import type { Http } from '../../ports/http.ts'
import { isSafeAddress } from './safe-address.ts'

type Address = { address: string; family: number }
type Options = {
  allowPrivateUpstreams: boolean
  /** All addresses of a host; the system's resolver by default. */
  resolve?: (host: string) => Promise<Address[]>
}

const CONNECT_TIMEOUT_MS = 4000
const MOST_BYTES = 32 * 1024 * 1024

// Failures before a byte of the request left: name, route, connection and TLS handshake.
const NOT_SENT = new Set([
  ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA', 'ESERVFAIL'],
  ...['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EMFILE', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])

/**
 * The outside world (billing-privacy-security.md §3.3): https to public addresses only, every address of a host checked and the
 * checked one connected to, redirects handed back, one timeout and one size cap over the whole exchange.
 */
export function createHttp(options: Options): Http {
  const { allowPrivateUpstreams: allowPrivate, resolve = resolveAll } = options
  const agent = new Agent({
    connect: { lookup: guardedLookup(resolve, allowPrivate), timeout: CONNECT_TIMEOUT_MS },
  })
  return async (request, { timeoutMs, maxBytes = MOST_BYTES }) => {
    refuseUrl(new URL(request.url), allowPrivate)
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : null
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))
    try {
      const response = await fetch(request.url, {
        ...{ method: request.method, headers: [...request.headers], body, signal },
        ...{ redirect: 'manual', dispatcher: agent },
      })
      return await readWhole(response, maxBytes)
    } catch (error) {
      throw translate(error)
    }
  }
}

function refuseUrl(url: URL, allowPrivate: boolean): void {
  const secure = url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:')
  if (!secure) throw refused('Only https is allowed.')
  if (url.username || url.password) throw refused('An address with credentials is not allowed.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) && !isSafeAddress(host)) throw refused('This address is not public.')
}

const refused = (message: string) => new AppError('host_refused', message)

const resolveAll = (host: string): Promise<Address[]> =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })

// Resolved once: the address that was checked is the address that is connected to.
function guardedLookup(resolve: (host: string) => Promise<Address[]>, allowPrivate: boolean): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses
        if (!first) return callback(noAddress(host), [])
        if (!allowPrivate && !addresses.every(({ address }) => isSafeAddress(address))) {
          return callback(refused('The host resolves to an address that is not public.'), [])
        }
        return all ? callback(null, addresses) : callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

const noAddress = (host: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' })

async function readWhole(response: Awaited<ReturnType<typeof fetch>>, maxBytes: number): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new AppError('unavailable', 'The answer is too large.', { retry: 'unknown-outcome' })
    chunks.push(chunk)
  }
  const headers = new Headers([...response.headers])
  // They describe the bytes on the wire, and these are unpacked.
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name)
  const { status } = response
  return new Response(canHaveBody(status) ? new Blob(chunks) : null, { status, headers })
}

const canHaveBody = (status: number) => status !== 204 && status !== 205 && status !== 304

function translate(error: unknown): AppError {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause
    if (isNotSent(cause)) {
      return new AppError('unavailable', 'The host cannot be reached.', { retry: 'later', cause: error })
    }
  }
  return new AppError('unavailable', 'The host did not answer.', { retry: 'unknown-outcome', cause: error })
}

// An AggregateError: every address was tried and none was connected to.
const isNotSent = (error: Error): boolean =>
  error instanceof AggregateError ||
  ('syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')) ||
  ('code' in error && typeof error.code === 'string' && NOT_SENT.has(error.code))
