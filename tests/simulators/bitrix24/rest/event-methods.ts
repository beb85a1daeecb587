import { fireFor } from '../fire-event.ts'
import { nextId } from '../sim.ts'
import { entityTypes, type EventHandler } from '../state.ts'
import type { Call, MethodGroup } from './call.ts'
import { RestError } from './errors.ts'
import { checkHandlerUrl } from './handler-url.ts'

const lifecycle = [
  'ONAPPINSTALL',
  'ONAPPUPDATE',
  'ONAPPUNINSTALL',
  'ONAPPPAYMENT',
  'ONAPPMETHODCONFIRM',
  'ONAPPTEST',
]
const crm = [...entityTypes, 'activity', 'timelinecomment'].flatMap((name) =>
  ['ADD', 'UPDATE', 'DELETE'].map((verb) => `ONCRM${name.toUpperCase()}${verb}`),
)
const users = ['ONUSERADD']

/** Event subscriptions of the application. Online events only. */
export const eventMethods: MethodGroup = {
  events: {
    scope: null,
    run: ({ pair, params }) => known(params.text('scope') ? [params.text('scope')] : pair.scope),
  },
  'event.bind': { scope: null, run: bind },
  'event.unbind': { scope: null, run: unbind },
  'event.get': {
    scope: null,
    run: ({ install, user }) =>
      install.handlers
        .filter((one) => user.isAdmin || one.authType === user.id)
        .map((one) => ({
          event: one.event,
          handler: one.handler,
          auth_type: String(one.authType),
          offline: 0,
        })),
  },
  'event.test': {
    scope: null,
    run({ sim, portal, install, user, params }) {
      const query = Object.fromEntries(Object.entries(params.raw).filter(([key]) => key !== 'auth'))
      fireFor(sim, portal, install, 'ONAPPTEST', { QUERY: query }, { userId: user.id })
      return 1
    },
  },
}

function known(scopes: string[]): string[] {
  const byScope = [...(scopes.includes('crm') ? crm : []), ...(scopes.includes('user') ? users : [])]
  return [...lifecycle, ...byScope]
}

function bind({ sim, portal, install, user, pair, params }: Call): boolean {
  const event = params.text('event').toUpperCase()
  const handler = params.text('handler')
  if (params.text('event_type') === 'offline') {
    throw new RestError(403, 'ACCESS_DENIED', 'Access denied! Offline events are not available on this plan')
  }
  if (!known(pair.scope).includes(event)) throw new RestError(400, 'ERROR_EVENT_NOT_FOUND', 'Event not found')
  checkHandlerUrl(sim, handler, 400)
  const authType = authTypeOf(params.any('auth_type'), user)
  if (install.handlers.some((one) => sameHandler(one, event, handler, authType))) {
    throw new RestError(400, 'ERROR_CORE', 'Unable to set event handler: Handler already binded')
  }
  install.handlers.push({ id: nextId(portal, 'handler'), event, handler, authType })
  sim.touch()
  return true
}

function unbind({ sim, install, user, params }: Call): { count: number } {
  const event = params.text('event').toUpperCase()
  const handler = params.text('handler')
  if (event === '' || handler === '') throw new RestError(400, 'ERROR_ARGUMENT', 'Argument is null or empty')
  const authType = params.any('auth_type') === undefined ? null : Number(params.any('auth_type'))
  const before = install.handlers.length
  install.handlers = install.handlers.filter((one) => {
    const mine = user.isAdmin || one.authType === user.id
    return !(mine && sameHandler(one, event, handler, authType ?? one.authType))
  })
  sim.touch()
  return { count: before - install.handlers.length }
}

function authTypeOf(given: unknown, user: { id: number; isAdmin: boolean }): number {
  const wanted = Number(given ?? 0) || 0
  if (user.isAdmin) return wanted
  if (wanted !== 0 && wanted !== user.id) {
    const text = 'Access denied! Event binding with AUTH_TYPE requires administrator access rights'
    throw new RestError(403, 'ACCESS_DENIED', text)
  }
  return user.id
}

function sameHandler(one: EventHandler, event: string, handler: string, authType: number): boolean {
  return one.event === event && one.handler === handler && one.authType === authType
}
