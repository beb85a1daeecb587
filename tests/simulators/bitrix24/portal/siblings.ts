import type { Sim } from '../sim.ts'
import type { AppDefinition, PortalState } from '../state.ts'
import { randomHex } from '../state.ts'
import { newInstall } from './create-portal-state.ts'
import { requestsOf, type Requests } from './requests.ts'

export interface Sibling extends Requests {
  clientId: string
  clientSecret: string
  code: string
  id: number
}

export interface Siblings {
  /** A second application on the same portal, installed; its tokens are good here, but not ours. */
  addSibling(o?: { code?: string; scope?: string[]; clientId?: string }): Sibling
}

/** Other vendors' applications of this portal. */
export function siblingsOf(sim: Sim, portal: PortalState): Siblings {
  return {
    addSibling(o = {}) {
      const app: AppDefinition = {
        clientId: o.clientId ?? `app.${randomHex(7)}.${sim.state.apps.length}`,
        clientSecret: randomHex(25),
        code: o.code ?? `other.app${sim.state.apps.length}`,
        scope: o.scope ?? ['crm', 'placement', 'user_brief'],
        urls: { install: 'https://other.example/install', app: 'https://other.example/', installEvent: '' },
      }
      sim.state.apps.push(app)
      const install = { ...newInstall(portal, app.clientId), present: true, installed: true }
      portal.installs.push(install)
      sim.touch()
      const { clientId, clientSecret, code } = app
      return { clientId, clientSecret, code, id: install.id, ...requestsOf(sim, portal, app.clientId) }
    },
  }
}
