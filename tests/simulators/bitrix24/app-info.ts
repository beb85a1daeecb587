import type { Sim } from './sim.ts'
import { appOf } from './sim.ts'
import type { Install, PortalState } from './state.ts'

/** What `app.info` says about an application on a portal. */
export function appInfo(sim: Sim, portal: PortalState, install: Install): Record<string, unknown> {
  const family = portal.enterprise ? 'ent' : 'pro'
  const plan = portal.enterprise ? 'ent250' : 'pro100'
  return {
    ID: install.id,
    CODE: appOf(sim, install.clientId).code,
    VERSION: install.version,
    STATUS: 'F',
    INSTALLED: install.installed,
    PAYMENT_EXPIRED: 'N',
    DAYS: null,
    LANGUAGE_ID: portal.lang,
    LICENSE: `${portal.lang}_${plan}`,
    LICENSE_TYPE: plan,
    LICENSE_FAMILY: family,
  }
}
