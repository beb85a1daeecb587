import type { Conversation } from '../contract.ts'

// WhatsApp's window is never longer; clocks that differ must not promise more.
const DAY_MINUTES = 24 * 60

export type WindowState =
  | { state: 'open'; hours: number; minutes: number }
  | { state: 'soon'; minutes: number }
  | { state: 'closed'; hours: number | null }

/** The service window at `now` (ms): open, closing within the hour, or closed since so many hours. */
export function windowState(window: Conversation['window'], now: number): WindowState {
  const closesAt = window.closesAt === null ? null : Date.parse(window.closesAt)
  if (closesAt === null)
    return window.open ? { state: 'open', hours: 24, minutes: 0 } : { state: 'closed', hours: null }
  const left = closesAt - now
  if (!window.open || left <= 0) return { state: 'closed', hours: Math.max(0, Math.floor(-left / 3_600_000)) }
  const minutes = Math.min(DAY_MINUTES, Math.ceil(left / 60_000))
  if (minutes < 60) return { state: 'soon', minutes }
  return { state: 'open', hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}
