import { readFileSync } from 'node:fs'
import { Hono, type Context } from 'hono'
import { parseForm } from '../parse-form.ts'
import { canRead } from '../rights.ts'
import type { PortalEnv } from '../rest/app.ts'
import { asMap } from '../rest/params.ts'
import type { Sim } from '../sim.ts'
import { appOf, installOf } from '../sim.ts'
import { entityTypes, type CrmRecord, type EntityType } from '../state.ts'
import { appPage, indexPage, marketplacePage, refusal } from './app-pages.ts'
import { cardPage } from './card.ts'
import { createFrameApi } from './frame-api.ts'
import { listPage } from './lists.ts'
import { counterOf, timelineHtml } from './timeline.ts'
import { viewerOf } from './viewer.ts'

const files: Record<string, string> = {
  'frame-parent.js': 'text/javascript; charset=utf-8',
  'portal-page.js': 'text/javascript; charset=utf-8',
  'portal.css': 'text/css; charset=utf-8',
  'card.css': 'text/css; charset=utf-8',
}

/** The portal's pages in a browser: lists, cards, the application's page, and what their scripts ask for. */
export function createPages(sim: Sim): Hono<PortalEnv> {
  const app = new Hono<PortalEnv>()
  app.route('/', createFrameApi(sim))
  app.get('/', (context) => page(context, indexPage(viewerOf(context), mainInstall(sim, context))))
  app.get('/devops/app/', (context) =>
    page(context, appPage(sim, viewerOf(context), mainInstall(sim, context))),
  )
  app.get('/marketplace/view/:code/', (context) => {
    const code = context.req.param('code')
    const found = context.env.portal.installs.find(
      ({ clientId }) => clientId === code || appOf(sim, clientId).code === code,
    )
    if (!found) return context.notFound()
    const params = asMap(parseForm(new URL(context.req.url).search.slice(1))['params'])
    return page(context, marketplacePage(viewerOf(context), found, params))
  })
  app.get('/crm/:type/list/', (context) => {
    const type = typeOf(context.req.param('type'))
    return type ? page(context, listPage(viewerOf(context), type)) : context.notFound()
  })
  app.get('/crm/:type/details/:id/', (context) => {
    const viewer = viewerOf(context)
    const record = recordOf(context, context.req.param('type'), context.req.param('id'))
    const path = new URL(context.req.url).pathname
    if (!record) return page(context, refusal(viewer, path, 'Not found', 'This record does not exist.'), 404)
    if (!canRead(viewer.user, record)) {
      return page(context, refusal(viewer, path, 'Access denied', 'You may not see this record.'), 403)
    }
    return page(context, cardPage(viewer, record, context.req.query('active_tab')))
  })
  app.get('/_portal/timeline', timeline)
  app.get('/_portal/:file', (context) => {
    const type = files[context.req.param('file')]
    if (!type) return context.notFound()
    const text = readFileSync(new URL(context.req.param('file'), import.meta.url), 'utf8')
    return context.body(text, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  })
  return app
}

async function timeline(context: Context<PortalEnv>): Promise<Response> {
  const viewer = viewerOf(context)
  const record = recordOf(context, context.req.query('type') ?? '', context.req.query('id') ?? '')
  if (!record || !canRead(viewer.user, record)) return context.json({ error: 'not available' }, 403)
  const revision = String(viewer.portal.revision)
  if (context.req.query('seen') === revision) return context.body(null, 204)
  const html = String(await timelineHtml(viewer, record))
  return context.json({ revision, html, counter: counterOf(viewer, record) })
}

async function page(
  context: Context<PortalEnv>,
  html: string | Promise<string>,
  status: 200 | 403 | 404 = 200,
): Promise<Response> {
  return context.html(await html, status)
}

function mainInstall(sim: Sim, context: Context<PortalEnv>): ReturnType<typeof installOf> {
  return installOf(context.env.portal, sim.mainClientId)
}

function typeOf(name: string): EntityType | undefined {
  return entityTypes.find((one) => one === name)
}

function recordOf(context: Context<PortalEnv>, type: string, id: string): CrmRecord | undefined {
  return context.env.portal.records.find((one) => one.type === typeOf(type) && one.id === Number(id))
}
