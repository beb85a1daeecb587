import { Hono } from 'hono'
import type { Control } from './control.ts'
import type { EventSettings } from './events.ts'
import type { FaultRule } from './faults.ts'
import type { PortalOptions } from './portal/create-portal-state.ts'
import type { AppUrls } from './portal/lifecycle.ts'
import type { UserInput } from './portal/people.ts'
import type { Portal } from './portal/portal.ts'
import type { RecordInput } from './portal/record-verbs.ts'
import { asFlag } from './rest/params.ts'
import type { RightsInput } from './rights.ts'
import type { EntityType } from './state.ts'

export interface Outside {
  portals: Portal[]
  addPortal(options?: PortalOptions): Portal
  control: Control
}

type Body = Partial<FaultRule> &
  RecordInput &
  Omit<UserInput, 'name' | 'id' | 'rights'> &
  EventSettings &
  PortalOptions &
  AppUrls & {
    type?: EntityType
    userId?: number
    seconds?: number
    ms?: number
    rights?: RightsInput
    clean?: unknown
    newToken?: boolean
  }
type Verb = (portal: Portal, body: Body, outside: Outside) => unknown

/** `POST /_control/<verb>` and `GET /_control/state`: dials and seeding for the demo. `memberId` picks the portal. */
export function createControlHttp(outside: Outside): Hono {
  const app = new Hono()
  app.get('/_control/state', (context) => context.json(outside.portals.map(stateOf)))
  app.post('/_control/:verb', async (context) => {
    const body = await context.req.json<Body>().catch((): Body => ({}))
    const verb = verbs[context.req.param('verb')]
    if (!verb) return context.json({ error: 'unknown verb', verbs: Object.keys(verbs) }, 404)
    const portal = outside.portals.find((one) => one.memberId === body.memberId) ?? outside.portals[0]
    if (!portal) return context.json({ error: 'no portal' }, 404)
    try {
      return context.json(verb(portal, body, outside) ?? {})
    } catch (error) {
      return context.json({ error: error instanceof Error ? error.message : String(error) }, 422)
    }
  })
  return app
}

function subject(body: Body): { type: EntityType; id: number } {
  const { type, id } = body
  if (!type || id === undefined) throw new Error('type and id are needed')
  return { type, id }
}

function person(body: Body): number {
  if (body.userId === undefined) throw new Error('userId is needed')
  return Number(body.userId)
}

const verbs: Record<string, Verb> = {
  'add-user': (portal, { name = 'User', ...rest }) => {
    const { lastName = '', isAdmin = false, appAccess = true, extranet = false, rights = 'all' } = rest
    return portal.addUser({ name, lastName, isAdmin, appAccess, extranet, rights })
  },
  'set-rights': (portal, body) => portal.setRights(person(body), body.rights ?? 'all'),
  'set-access': (portal, body) => portal.changeUser(person(body), { appAccess: asFlag(body.appAccess) }),
  'dismiss-user': (portal, body) => portal.dismissUser(person(body)),
  'add-contact': (portal, body) => portal.addContact(body),
  'add-lead': (portal, body) => portal.addLead(body),
  'add-deal': (portal, body) => portal.addDeal(body),
  'add-company': (portal, body) => portal.addCompany(body),
  'change-record': (portal, { type, id, ...change }) => {
    const target = subject({ ...(type && { type }), ...(id !== undefined && { id }) })
    portal.changeRecord(target.type, target.id, change)
  },
  'delete-record': (portal, body) => portal.deleteRecord(subject(body).type, subject(body).id),
  'set-app-urls': (portal, { install, app }) => {
    portal.setAppUrls({ ...(install !== undefined && { install }), ...(app !== undefined && { app }) })
  },
  'begin-install': (portal) => portal.beginInstall(),
  'finish-install': (portal) => portal.finishInstall(),
  'update-app': (portal, body) => portal.updateApp({ newToken: body.newToken ?? true }),
  uninstall: (portal, body) => portal.uninstall({ clean: asFlag(body.clean) }),
  rename: (portal, body) => portal.renameTo(String(body.origin)),
  'expire-tokens': (portal) => portal.expireTokens(),
  'fail-next': (_, { as, times, method, route }, { control }) => {
    if (!as) throw new Error('as is needed')
    const where = { ...(method !== undefined && { method }), ...(route !== undefined && { route }) }
    control.failNext({ as, times: times ?? 1, ...where })
  },
  'token-life': (_, body, { control }) => control.setTokenLife(body.seconds ?? 3600),
  latency: (_, body, { control }) => control.latency(body.ms ?? 0),
  'frame-latency': (_, body, { control }) => control.frameLatency(body.ms ?? 0),
  events: (_, body, { control }) => {
    const names = ['delayMs', 'duplicate', 'shuffle', 'paused'] as const
    control.events(Object.fromEntries(names.filter((name) => name in body).map((name) => [name, body[name]])))
  },
  refreshes: (portal, _, { control }) => ({ refreshes: control.refreshes(portal.memberId) }),
  calls: (_, body, { control }) => ({
    calls: body.method ? control.callsOf(body.method) : control.requests(),
  }),
  reset: (_, __, { control }) => control.reset(),
}

function stateOf(portal: Portal): object {
  const { origin, memberId, install } = portal
  const { present, installed, version } = install
  return {
    ...{ origin, memberId, present, installed, version },
    users: portal.users(),
    records: portal.crm(),
    activities: portal.activities(),
    timeline: portal.timeline(),
    placements: portal.placements(),
    eventHandlers: portal.eventHandlers(),
    deliveries: portal
      .deliveries()
      .map(({ at, event, status, latencyMs, slow }) => ({ at, event, status, latencyMs, slow })),
  }
}
