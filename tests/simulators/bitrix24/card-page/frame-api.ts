import { Hono } from 'hono'
import { handlerOf, pagePost } from '../page-post.ts'
import { openPortal } from '../portal/portal.ts'
import { asMap, Params } from '../rest/params.ts'
import type { PortalEnv } from '../rest/app.ts'
import type { FrameSession, Sim } from '../sim.ts'
import { appOf, installOf, userOf } from '../sim.ts'
import type { PortalState } from '../state.ts'
import { pagePair, refreshPagePair } from '../tokens.ts'
import { widgetTitle } from './names.ts'
import { viewerOf } from './viewer.ts'

/** What the parent page asks the portal for its frames: the form to post, init data, tokens, options, install state. */
export function createFrameApi(sim: Sim): Hono<PortalEnv> {
  const app = new Hono<PortalEnv>()
  app.post('/_frame/open', async (context) => {
    const viewer = viewerOf(context)
    const given = new Params(asMap(await context.req.json()))
    const install = installOf(viewer.portal, given.text('clientId') || sim.mainClientId)
    const placement = given.text('placement')
    const bound = install.placements.find(
      (one) => one.placement === placement && one.handler === given.text('handler'),
    )
    const handler = bound?.handler ?? handlerOf(sim, install, placement, viewer.user.isAdmin)
    if (handler === undefined || !viewer.user.appAccess) return context.json({ error: 'not available' }, 403)
    const { user, lang } = viewer
    const target = { handler, userId: user.id, placement, options: given.map('options'), lang }
    const post = pagePost(sim, viewer.portal, install, target)
    const { code } = appOf(sim, install.clientId)
    const title = bound ? widgetTitle(bound, lang) : code
    return context.json({ ...post, placement, clientId: install.clientId, code, title })
  })
  app.post('/_frame/:verb', async (context) => {
    const given = new Params(asMap(await context.req.json()))
    const session = sim.frames.get(given.text('sid'))
    const verb = verbs[context.req.param('verb')]
    if (!session || !verb || session.memberId !== context.env.portal.memberId) {
      return context.json({ error: 'unknown frame' }, 404)
    }
    const answer = verb(sim, context.env.portal, session, given)
    return answer === undefined ? context.json({ error: 'refused' }, 403) : context.json(answer)
  })
  return app
}

type Verb = (sim: Sim, portal: PortalState, session: FrameSession, given: Params) => object | undefined

const verbs: Record<string, Verb> = {
  init(sim, portal, session) {
    const install = installOf(portal, session.clientId)
    const user = userOf(portal, session.userId)
    const firstRun = !install.ranFor.includes(user.id)
    if (firstRun) install.ranFor.push(user.id)
    sim.touch()
    const { host, protocol } = new URL(portal.origin)
    return {
      ...{ LANG: session.lang, DOMAIN: host, PROTOCOL: protocol === 'https:' ? 1 : 0, PATH: '/rest' },
      ...tokensOf(sim, portal, session),
      ...{
        MEMBER_ID: portal.memberId,
        FIRST_RUN: firstRun,
        IS_ADMIN: user.isAdmin,
        INSTALL: !install.installed,
      },
      USER_OPTIONS: install.userOptions[user.id] ?? {},
      APP_OPTIONS: install.options,
      PLACEMENT: session.placement,
      PLACEMENT_OPTIONS: session.options,
    }
  },
  refresh(sim, portal, session) {
    const user = userOf(portal, session.userId)
    if (!user.active || !installOf(portal, session.clientId).present) return undefined
    refreshPagePair(sim, { portal, clientId: session.clientId, userId: user.id })
    return tokensOf(sim, portal, session)
  },
  option(sim, portal, session, given) {
    const install = installOf(portal, session.clientId)
    const ofApp = given.text('of') === 'app'
    if (ofApp && !userOf(portal, session.userId).isAdmin) return { saved: false }
    const options = ofApp ? install.options : (install.userOptions[session.userId] ??= {})
    options[given.text('name')] = given.get('value')
    sim.touch()
    return { saved: true }
  },
  install(sim, portal, session, given) {
    if (!userOf(portal, session.userId).isAdmin) return undefined
    if (given.text('value') === 'N') installOf(portal, session.clientId).installed = false
    else openPortal(sim, portal).finishInstall(session.userId)
    sim.touch()
    return { saved: true }
  },
}

function tokensOf(sim: Sim, portal: PortalState, session: FrameSession): Record<string, string> {
  const pair = pagePair(sim, { portal, clientId: session.clientId, userId: session.userId })
  const seconds = Math.max(0, Math.round((pair.expiresAt - sim.now()) / 1000))
  return { AUTH_ID: pair.accessToken, AUTH_EXPIRES: String(seconds), REFRESH_ID: pair.refreshToken ?? '' }
}
