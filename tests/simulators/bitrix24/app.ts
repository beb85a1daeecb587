import { createControl, type Control } from './control.ts'
import { createEventQueue } from './events.ts'
import { createFaults } from './faults.ts'
import { createLimits } from './limiter.ts'
import { createPortalState, type PortalOptions } from './portal/create-portal-state.ts'
import type { AppUrls } from './portal/lifecycle.ts'
import { openPortal, type Portal } from './portal/portal.ts'
import { createServe } from './serve.ts'
import type { CallRecord, Sim } from './sim.ts'
import { openStateFile } from './state-file.ts'
import { emptyState, type AppDefinition, type State } from './state.ts'

export type { CallRecord } from './sim.ts'
export type { Control } from './control.ts'
export type { Portal } from './portal/portal.ts'
export type { FaultKind, FaultRule } from './faults.ts'

export interface Bitrix24Options {
  oauthOrigin: string
  clientId: string
  clientSecret: string
  /** Milliseconds. */
  clock?: () => number
  /** How events reach the application; the network by default. */
  deliver?: (request: Request) => Promise<Response>
  stateFile?: string
  appCode?: string
  scope?: string[]
  appUrls?: AppUrls
  /** http handlers are taken (the demo runs without certificates). */
  allowHttp?: boolean
  /** Handler hosts need a dot, as on the real portal. */
  requireDot?: boolean
}

export interface Bitrix24 {
  fetch(request: Request, env?: unknown): Promise<Response>
  addPortal(options?: PortalOptions): Portal
  portals: Portal[]
  calls: CallRecord[]
  control: Control
  settle(): Promise<void>
  save(): void
  load(): void
  close(): void
}

const defaultScope = ['crm', 'placement', 'user_brief', 'pull', 'im', 'bizproc']

/** A Bitrix24 cloud in one object: the OAuth server and any number of portals, told apart by origin. */
export function createBitrix24(options: Bitrix24Options): Bitrix24 {
  const file = openStateFile(options.stateFile)
  const sim = createSim(options, () => file.saveSoon(sim.state))
  const portals: Portal[] = []
  const control = createControl(sim)
  const load = (): void => {
    sim.state = withApp(file.load() ?? sim.state, sim.state.apps[0])
    portals.splice(0, portals.length, ...sim.state.portals.map((state) => openPortal(sim, state)))
  }
  load()
  const addPortal = (given: PortalOptions = {}): Portal => {
    const state = createPortalState(sim, given)
    sim.state.portals.push(state)
    sim.touch()
    const portal = openPortal(sim, state)
    portals.push(portal)
    return portal
  }
  return {
    ...{ addPortal, portals, calls: sim.calls, control, load },
    fetch: createServe(sim, { portals, addPortal, control }),
    settle: () => sim.events.settle(),
    save: () => file.save(sim.state),
    close() {
      sim.events.close()
      sim.faults.clear()
      if (options.stateFile) file.save(sim.state)
      file.close()
    },
  }
}

/** The kept state with the application as it is configured now. */
function withApp(state: State, app: AppDefinition | undefined): State {
  if (!app) return state
  const kept = state.apps.find((one) => one.clientId === app.clientId)
  const urls = Object.entries(app.urls).filter(([, url]) => url !== '')
  const merged = { ...app, urls: { ...(kept ?? app).urls, ...Object.fromEntries(urls) } }
  return { ...state, apps: [merged, ...state.apps.filter((one) => one.clientId !== app.clientId)] }
}

function createSim(options: Bitrix24Options, touch: () => void): Sim {
  const now = options.clock ?? (() => Date.now())
  const { clientId, clientSecret, appCode = 'wasync.whatsapp', scope = defaultScope } = options
  const urls = { install: '', app: '', installEvent: '', ...options.appUrls }
  return {
    state: emptyState({ clientId, clientSecret, code: appCode, scope, urls }),
    oauthOrigin: options.oauthOrigin,
    mainClientId: clientId,
    allowHttp: options.allowHttp ?? true,
    requireDot: options.requireDot ?? true,
    ...{ calls: [], refreshes: [], frames: new Map(), uninstallAnswer: new Map() },
    faults: createFaults(),
    limits: createLimits(),
    events: createEventQueue(options.deliver ?? ((request) => fetch(request)), now),
    now,
    touch,
  }
}
