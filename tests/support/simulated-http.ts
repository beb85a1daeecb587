import { AppError } from '#server/errors.ts'
import type { Http } from '#server/ports/http.ts'

type Side = { origins: () => string[]; fetch(request: Request): Promise<Response> }

/** The `Http` port over simulators, told apart by origin; lost connections and time-outs end as on a real network. */
export function createSimulatedHttp(sides: Side[]): Http {
  return async (request, { timeoutMs }) => {
    const { origin } = new URL(request.url)
    const side = sides.find((one) => one.origins().includes(origin))
    if (!side) throw new AppError('host_refused', 'This host is out of reach.')
    const aborted = AbortSignal.timeout(timeoutMs)
    try {
      const signal = AbortSignal.any([request.signal, aborted])
      // A simulator that is held does not look at the signal; a real connection would be gone.
      const gone = new Promise<never>((_, reject) =>
        aborted.addEventListener('abort', () => reject(aborted.reason), { once: true }),
      )
      return await Promise.race([side.fetch(new Request(request, { signal })), gone])
    } catch (cause) {
      throw new AppError('unavailable', 'No answer.', { retry: 'unknown-outcome', cause })
    }
  }
}
