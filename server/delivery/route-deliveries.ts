import type { Inbound, InboundStatus } from '../conversation/inbound.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import type {
  InboundEvent,
  ParsedChange,
  QuarantineReason,
  StatusEvent,
} from '../whatsapp/delivery-events.ts'
import { routeNumbers, type Route } from './deliveries.ts'
import type { ReadDelivery } from './read-delivery.ts'
import { disconnectedNumbers } from './tombstones.ts'

/** Part of a delivery that goes into quarantine. `place`: where its change began when it is read again. */
export type Aside = {
  delivery: ReadDelivery
  change: ParsedChange
  position: number
  place: number
  reason: QuarantineReason
  value: unknown
}
/** What one change holds for the portal of its number. */
export type PortalPart = {
  delivery: ReadDelivery
  change: ParsedChange
  messages: Inbound[]
  statuses: InboundStatus[]
}
export type Routed = { portals: Map<PortalId, PortalPart[]>; aside: Aside[]; dropped: number }

const DAY_MS = 24 * 60 * 60 * 1000

/** Sorts the events of deliveries by portal. What has no tenant, was stamped before its number was connected, or cannot be read is set aside; content of stopped numbers is dropped and counted. */
export async function routeDeliveries(
  deps: Pick<Deps, 'db' | 'keyring' | 'clock'>,
  deliveries: readonly ReadDelivery[],
): Promise<Routed> {
  const numbers = new Set(
    deliveries.flatMap(({ changes }) => changes.flatMap((one) => one.phoneNumberId ?? [])),
  )
  const routes = await routeNumbers(deps, [...numbers])
  const doubtful = doubtfulNumbers(deliveries, routes)
  const disconnected = await disconnectedNumbers(deps, doubtful)
  const routed: Routed = { portals: new Map(), aside: [], dropped: 0 }
  for (const delivery of deliveries) {
    for (const change of delivery.changes) {
      routeChange(routed, delivery, change, routes, disconnected, deps.clock.now())
    }
  }
  return routed
}

// Only for these does it matter whether somebody held the number before.
function doubtfulNumbers(deliveries: readonly ReadDelivery[], routes: ReadonlyMap<string, Route>): string[] {
  const doubtful = new Set<string>()
  for (const { changes } of deliveries) {
    for (const { phoneNumberId, messages, statuses } of changes) {
      const route = phoneNumberId ? routes.get(phoneNumberId) : undefined
      const isEarly = [...messages, ...statuses].some(({ stampMs }) => !route || isBefore(stampMs, route))
      if (phoneNumberId && (isEarly || !route)) doubtful.add(phoneNumberId)
    }
  }
  return [...doubtful]
}

function routeChange(
  routed: Routed,
  delivery: ReadDelivery,
  change: ParsedChange,
  routes: ReadonlyMap<string, Route>,
  disconnected: ReadonlySet<string>,
  now: number,
): void {
  const { phoneNumberId = '', position, value } = change
  const events = change.messages.length + change.statuses.length
  const route = routes.get(phoneNumberId)
  const wasDisconnected = disconnected.has(phoneNumberId)
  if (route?.stopped || (!route && wasDisconnected)) {
    routed.dropped += Math.max(events, 1)
    return
  }
  const setAside = (at: number, reason: QuarantineReason, what: unknown) =>
    routed.aside.push({
      ...{ delivery, change, reason, value: what, position: at },
      place: at === position ? position : at - 1,
    })
  if (!route && phoneNumberId) return void setAside(position, 'unknown_number', value)
  for (const leftover of change.leftovers) setAside(leftover.position, leftover.reason, leftover.value)
  if (!route) return
  const isOurs = ({ stampMs }: InboundEvent | StatusEvent) =>
    !isBefore(stampMs, route) || (delivery.receivedAt >= route.since && !wasDisconnected)
  const part: PortalPart = { delivery, change, messages: [], statuses: [] }
  const { channelId } = route
  for (const event of change.messages) {
    const sentAt = stampedAt(event, delivery, now)
    if (!isOurs(event)) setAside(event.position, 'before_connect', only(change, { messages: [event.wire] }))
    else part.messages.push({ event, channelId, sentAt, deliveryId: delivery.id })
  }
  for (const event of change.statuses) {
    const at = stampedAt(event, delivery, now)
    if (!isOurs(event)) setAside(event.position, 'before_connect', only(change, { statuses: [event.wire] }))
    else part.statuses.push({ event, channelId, at })
  }
  if (part.messages.length + part.statuses.length === 0) return
  const ofPortal = routed.portals.get(route.portalId) ?? []
  ofPortal.push(part)
  routed.portals.set(route.portalId, ofPortal)
}

// Stamps are whole seconds.
function isBefore(stampMs: number | undefined, { since }: Route): boolean {
  return stampMs !== undefined && stampMs < Math.floor(since.getTime() / 1000) * 1000
}

// A stamp from the future is a wrong clock; a day is left for time zones mistaken for UTC.
function stampedAt({ stampMs }: InboundEvent | StatusEvent, { receivedAt }: ReadDelivery, now: number): Date {
  const latest = Math.max(receivedAt.getTime(), now) + DAY_MS
  return stampMs !== undefined && stampMs <= latest ? new Date(stampMs) : receivedAt
}

function only({ value }: ParsedChange, part: { messages?: unknown[]; statuses?: unknown[] }): unknown {
  return { ...(value as object), messages: undefined, statuses: undefined, ...part }
}
