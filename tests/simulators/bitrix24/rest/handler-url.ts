import type { Sim } from '../sim.ts'
import { RestError } from './errors.ts'

/** Refuses a handler the portal could not reach: other schemes, a host without a dot (docs: placement.bind, handler). */
export function checkHandlerUrl(sim: Sim, handler: string, status: number): void {
  const url = URL.canParse(handler) ? new URL(handler) : undefined
  if (!url) throw new RestError(status, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL')
  const open = url.protocol === 'https:' || (url.protocol === 'http:' && sim.allowHttp)
  if (!open) throw new RestError(status, 'ERROR_UNSUPPORTED_PROTOCOL', 'Unsupported event handler protocol')
  if (sim.requireDot && !url.hostname.includes('.')) {
    throw new RestError(status, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL')
  }
}
