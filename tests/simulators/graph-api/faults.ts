import { GraphRefusal } from './errors.ts'
import type { World } from './state.ts'
import type { FaultInput, RouteName } from './types.ts'

const HANG_MS = 60_000

/** The connection breaks without an answer. */
export class ConnectionLost extends Error {
  constructor() {
    super('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) })
    this.name = 'TypeError'
  }
}

/** The next fault ordered for this route, used up by the call. */
export const takeFault = (world: World, route: RouteName): FaultInput['as'] | null => {
  const index = world.faults.findIndex((fault) => fault.route === route || fault.route === 'any')
  const fault = world.faults[index]
  if (fault === undefined) return null
  fault.left -= 1
  if (fault.left <= 0) world.faults.splice(index, 1)
  return fault.as
}

/** Code 1 with status 500, the answer of a broken server. */
export const serverError = () => new GraphRefusal(500, { message: 'An unknown error has occurred.', code: 1 })

/** Never answers; ends when the caller gives up, at the latest after a minute. */
export const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.aborted && signal.reason instanceof Error ? signal.reason : new ConnectionLost())
    }
    const timer = setTimeout(stop, HANG_MS)
    timer.unref()
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
