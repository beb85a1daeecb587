import type { Sim } from './sim.ts'
import { appOf, userOf } from './sim.ts'
import type { Install, PortalState } from './state.ts'
import { randomHex } from './state.ts'
import { pagePair } from './tokens.ts'

export interface PagePost {
  sid: string
  /** Handler with the query the portal adds. */
  action: string
  /** Hidden fields of the form, in the portal's order. */
  fields: Record<string, string>
}

export interface PageTarget {
  handler: string
  userId: number
  placement: string
  options: Record<string, unknown>
  lang?: string | undefined
}

/** The form the portal posts into a frame: tokens of the viewing user, a new APP_SID at every render. */
export function pagePost(sim: Sim, portal: PortalState, install: Install, target: PageTarget): PagePost {
  const user = userOf(portal, target.userId)
  const pair = pagePair(sim, { portal, clientId: install.clientId, userId: user.id })
  const sid = randomHex(16)
  const lang = target.lang ?? user.lang
  const { host, protocol } = new URL(portal.origin)
  const action = new URL(target.handler)
  const query = { DOMAIN: host, PROTOCOL: protocol === 'https:' ? '1' : '0', LANG: lang, APP_SID: sid }
  for (const [name, value] of Object.entries(query)) action.searchParams.set(name, value)
  sim.frames.set(sid, {
    ...{ sid, memberId: portal.memberId, clientId: install.clientId, userId: user.id, lang },
    ...{ placement: target.placement, options: target.options },
  })
  const fields = {
    AUTH_ID: pair.accessToken,
    AUTH_EXPIRES: String(Math.max(0, Math.round((pair.expiresAt - sim.now()) / 1000))),
    REFRESH_ID: pair.refreshToken ?? '',
    SERVER_ENDPOINT: `${sim.oauthOrigin}/rest/`,
    APPLICATION_TOKEN: install.applicationToken,
    APPLICATION_SCOPE: appOf(sim, install.clientId).scope.join(','),
    member_id: portal.memberId,
    status: 'F',
    PLACEMENT: target.placement,
    PLACEMENT_OPTIONS: JSON.stringify(target.options).replaceAll('/', '\\/'),
  }
  return { sid, action: action.href, fields }
}

/** Where a placement of an application leads on this portal now, or undefined when nothing is shown. */
export function handlerOf(
  sim: Sim,
  install: Install,
  placement: string,
  isAdmin: boolean,
): string | undefined {
  const { urls } = appOf(sim, install.clientId)
  if (!install.present) return undefined
  if (placement === 'DEFAULT') return install.installed ? urls.app : isAdmin ? urls.install : undefined
  if (!install.installed) return undefined
  return install.placements.find((one) => one.placement === placement)?.handler
}
