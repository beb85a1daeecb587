import type { Sim } from './sim.ts'
import { appOf } from './sim.ts'
import type { Install, Pair, PortalState } from './state.ts'
import { issuePair, pagePair } from './tokens.ts'

export interface EventCause {
  /** The user whose action caused it; null for a robot, workflow or agent: then the event carries no tokens. */
  userId: number | null
}

/** Puts an event into the queue for every handler of every finished application of the portal. */
export function fireEvent(
  sim: Sim,
  portal: PortalState,
  event: string,
  data: Record<string, unknown>,
  cause: EventCause,
): void {
  for (const install of portal.installs) {
    if (install.present && install.installed) fireFor(sim, portal, install, event, data, cause)
  }
}

/** The same for one application only (its own lifecycle events). */
export function fireFor(
  sim: Sim,
  portal: PortalState,
  install: Install,
  event: string,
  data: Record<string, unknown>,
  cause: EventCause,
): void {
  const handlers = install.handlers.filter((handler) => handler.event === event)
  const fixed = event === 'ONAPPINSTALL' ? appOf(sim, install.clientId).urls.installEvent : ''
  const targets = handlers.map(({ id, handler, authType }) => ({ id, handler, authType }))
  if (fixed && !targets.some((target) => target.handler === fixed)) {
    targets.push({ id: 0, handler: fixed, authType: 0 })
  }
  for (const target of targets) {
    const userId = cause.userId === null ? null : target.authType || cause.userId
    const envelope = eventEnvelope(sim, portal, install, { event, data, userId })
    const body = { event_handler_id: target.id, ...envelope }
    sim.events.enqueue(portal.memberId, event, target.handler, body)
  }
}

/** `data`, `ts` and `auth` of an event body (docs: events, auth block). */
export function eventEnvelope(
  sim: Sim,
  portal: PortalState,
  install: Install,
  what: { event: string; data: Record<string, unknown>; userId: number | null },
): { data: Record<string, unknown>; ts: number; auth: Record<string, unknown> } {
  const pair = what.userId === null ? undefined : eventPair(sim, portal, install, what.event, what.userId)
  const auth = {
    ...(pair ? tokenFields(sim, pair) : {}),
    domain: new URL(portal.origin).host,
    server_endpoint: `${sim.oauthOrigin}/rest/`,
    status: 'F',
    client_endpoint: `${portal.origin}/rest/`,
    member_id: portal.memberId,
    application_token: install.applicationToken,
  }
  return { data: what.data, ts: Math.floor(sim.now() / 1000), auth }
}

function eventPair(sim: Sim, portal: PortalState, install: Install, event: string, userId: number): Pair {
  const grant = { portal, clientId: install.clientId, userId }
  // The install event shares the installer page's pair: the second to exchange it meets invalid_grant.
  return event === 'ONAPPINSTALL' ? pagePair(sim, grant) : issuePair(sim, grant, { refresh: false })
}

function tokenFields(sim: Sim, pair: Pair): Record<string, unknown> {
  return {
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    expires: Math.floor(pair.expiresAt / 1000),
    expires_in: Math.max(0, Math.round((pair.expiresAt - sim.now()) / 1000)),
    scope: pair.scope.join(','),
    user_id: pair.userId,
  }
}
