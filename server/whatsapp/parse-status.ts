import { isUuid } from '../ids.ts'
import type { StatusEvent } from './delivery-events.ts'
import type { Verdict } from './parse-message.ts'
import { parseRecipient } from './parse-sender.ts'
import { idOf, listOf, objectOf, stampOf, textOf, type Wire } from './wire.ts'

const KNOWN = new Set(['sent', 'delivered', 'read', 'played', 'failed'])

/** One item of `statuses`. */
export function parseStatus(wire: Wire, position: number): Verdict<StatusEvent> {
  const wamid = idOf(wire.id)
  if (!wamid) return { ok: false, reason: 'no_id' }
  const status = textOf(wire.status, 20)
  if (!isKnown(status)) return { ok: false, reason: 'unknown_status' }
  const callback = textOf(wire.biz_opaque_callback_data, 512)
  const error = status === 'failed' ? objectOf(listOf(wire.errors)[0]) : undefined
  const event = {
    ...{ position, wamid, status, wire },
    stampMs: stampOf(wire.timestamp),
    callbackId: isUuid(callback) ? callback : undefined,
    errorCode: textOf(error?.code, 20),
    errorText: textOf(error?.title)?.slice(0, 300),
    recipient: parseRecipient(wire),
  }
  return { ok: true, event }
}

function isKnown(status: string | undefined): status is StatusEvent['status'] {
  return status !== undefined && KNOWN.has(status)
}
