import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import { installPortal, type InstallRefusal } from '../portal/install-portal.ts'
import { answerPage, type ReadWidget } from './answer-page.ts'
import type { App, Env } from './env.ts'
import { limitBody } from './guards/body-limit.ts'
import { honestPage } from './honest-page.ts'
import { readPagePost } from './page-post.ts'

const LARGEST_FORM = 64 * 1024

/** The installer page: proves the portal, makes it a tenant, and shows how far the registration is. */
export function mountInstallPage(app: App, deps: Deps, widget: ReadWidget): void {
  app.get('/bitrix/install', (c) => honestPage(deps, c, 'open_inside', 200))
  app.post('/bitrix/install', limitBody(LARGEST_FORM), async (c) => {
    const post = await readPagePost(c)
    const installed = await installPortal(deps, { ...post, from: 'page' })
    if (!installed.ok) return answerRefusal(deps, c, installed)
    return answerPage(deps, c, widget, post, { page: 'install', entity: null, conversationId: null })
  })
}

function answerRefusal(deps: Deps, c: Context<Env>, { reason }: InstallRefusal): Response {
  deps.log.warn('install.refused', { requestId: c.var.requestId, reason })
  if (reason === 'unreachable' || reason === 'busy') return honestPage(deps, c, reason, 503)
  return honestPage(deps, c, reason === 'not_admin' ? 'not_admin' : 'install_refused')
}
