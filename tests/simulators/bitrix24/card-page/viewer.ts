import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { PortalEnv } from '../rest/app.ts'
import type { PortalState, User } from '../state.ts'

export interface Viewer {
  portal: PortalState
  user: User
  lang: string
  /** Inside a slider: no menu around the page. */
  bare: boolean
}

/** Who looks at the page: chosen in the switcher or by `?as=<user>&lang=<lang>`, else the first active user. */
export function viewerOf(context: Context<PortalEnv>): Viewer {
  const { portal } = context.env
  const active = portal.users.filter((one) => one.active)
  const wanted = context.req.query('as') ?? getCookie(context, 'portal_user')
  const user = active.find((one) => String(one.id) === wanted) ?? active[0]
  if (!user) throw new Error('the portal has no active user')
  const chosen = context.req.query('lang') ?? getCookie(context, 'portal_lang') ?? ''
  const lang = portal.languages.includes(chosen) ? chosen : user.lang
  if (context.req.query('as'))
    setCookie(context, 'portal_user', String(user.id), { path: '/', sameSite: 'Lax' })
  if (context.req.query('lang')) setCookie(context, 'portal_lang', lang, { path: '/', sameSite: 'Lax' })
  return { portal, user, lang, bare: context.req.query('IFRAME') === 'Y' }
}
