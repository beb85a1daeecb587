import { encodeForm } from '../encode-form.ts'
import { eventEnvelope } from '../fire-event.ts'
import { handlerOf, pagePost } from '../page-post.ts'
import type { Sim } from '../sim.ts'
import { appOf, installOf, nextId, userOf } from '../sim.ts'
import type { Install, PortalState } from '../state.ts'
import { issuePair } from '../tokens.ts'
import { beginInstall } from './lifecycle.ts'

type Values = Record<string, string | null>

/** What a test or an attacker changes in a page POST; null takes a field out. */
export interface Overrides {
  query?: Values
  body?: Values
  url?: string
}

export interface OpenInput {
  userId: number | string
  placement: string
  options?: Record<string, unknown>
  lang?: string
  overrides?: Overrides
}

export interface EventInput {
  userId?: number | string | null
  data?: Record<string, unknown>
  auth?: Record<string, unknown>
  url?: string
}

export interface Requests {
  /** The page POST an installing user's browser makes to the installer. */
  installRequest(userId: number | string, overrides?: Overrides): Request
  /** The page POST of a tab, the app page or a slider; throws when the portal would show nothing. */
  openRequest(input: OpenInput): Request
  /** An event body as the queue would post it, for forging and reordering. */
  eventRequest(event: string, input?: EventInput): Request
  /** Fresh tokens of a user for the application, as by a page open. */
  tokens(userId: number | string): { accessToken: string; refreshToken: string }
}

/** The requests of browsers and of the event queue, ready to be given to the application. */
export function requestsOf(sim: Sim, portal: PortalState, clientId: string = sim.mainClientId): Requests {
  const install = (): Install => installOf(portal, clientId)
  return {
    installRequest(userId, overrides = {}) {
      beginInstall(sim, portal, clientId)
      const handler = appOf(sim, clientId).urls.install
      const target = {
        handler,
        userId: Number(userId),
        placement: 'DEFAULT',
        options: { URI: '/devops/app/' },
      }
      return toRequest(pagePost(sim, portal, install(), target), overrides)
    },
    openRequest(input) {
      const user = userOf(portal, Number(input.userId))
      const handler = handlerOf(sim, install(), input.placement, user.isAdmin)
      if (handler === undefined)
        throw new Error(`${portal.origin} shows no ${input.placement} to ${user.name}`)
      const { placement, lang, options = {} } = input
      const target = { handler, userId: user.id, placement, options: { URI: '/', ...options }, lang }
      return toRequest(pagePost(sim, portal, install(), target), input.overrides ?? {})
    },
    eventRequest(event, input = {}) {
      const userId = input.userId === undefined || input.userId === null ? null : Number(input.userId)
      const envelope = eventEnvelope(sim, portal, install(), { event, data: input.data ?? {}, userId })
      const auth = { ...envelope.auth, ...input.auth }
      const body = encodeForm({ event, event_handler_id: nextId(portal, 'handler'), ...envelope, auth })
      const url = input.url ?? install().handlers[0]?.handler ?? appOf(sim, clientId).urls.installEvent
      return formRequest(url, body)
    },
    tokens(userId) {
      const pair = issuePair(sim, { portal, clientId, userId: Number(userId) })
      return { accessToken: pair.accessToken, refreshToken: pair.refreshToken ?? '' }
    },
  }
}

function toRequest(post: { action: string; fields: Record<string, string> }, overrides: Overrides): Request {
  const action = new URL(post.action)
  const url = overrides.url ? new URL(overrides.url + action.search) : action
  for (const [name, value] of Object.entries(overrides.query ?? {})) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return formRequest(url.href, encodeForm({ ...post.fields, ...overrides.body }))
}

function formRequest(url: string, body: string): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
}
