import type { Context } from 'hono'
import { z } from 'zod'
import { placementByName } from '#placements/index.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { asId, type ConversationId } from '../ids.ts'
import { answerPage, type ReadWidget } from './answer-page.ts'
import type { App, Env } from './env.ts'
import { limitBody } from './guards/body-limit.ts'
import { honestPage } from './honest-page.ts'
import { readPagePost } from './page-post.ts'

const LARGEST_FORM = 64 * 1024

/** The tabs in the CRM cards and the app's own page. GET and HEAD are for people and probes outside the portal. */
export function mountPlacements(app: App, deps: Deps, widget: ReadWidget): void {
  app.get('/placements/:name', (c) => {
    tabOf(c)
    return honestPage(deps, c, 'open_inside', 200)
  })
  app.post('/placements/:name', limitBody(LARGEST_FORM), async (c) => {
    const tab = tabOf(c)
    const post = await readPagePost(c)
    const context = tab.parseContext(post.options)
    if (!context.ok) {
      deps.log.warn('page.refused', {
        requestId: c.var.requestId,
        placement: tab.page,
        reason: context.reason,
      })
      return honestPage(deps, c, 'no_record')
    }
    const target = { page: tab.page, entity: context.entity, conversationId: null }
    return answerPage(deps, c, widget, post, target)
  })
  app.get('/bitrix/app', (c) => honestPage(deps, c, 'open_inside', 200))
  app.post('/bitrix/app', limitBody(LARGEST_FORM), async (c) => {
    const post = await readPagePost(c)
    const conversationId = conversationOf(post.options)
    const page = conversationId ? 'thread' : 'app'
    return answerPage(deps, c, widget, post, { page, entity: null, conversationId })
  })
}

function tabOf(c: Context<Env>) {
  const tab = placementByName(c.req.param('name') ?? '')
  if (!tab) throw new AppError('not_found', 'There is no such tab.')
  return tab
}

const Options = z.object({ conversationId: z.uuid() })

// The button of a CRM activity opens the app page with our own parameter (docs: configurable activity, openRestApp).
function conversationOf(options: string | undefined): ConversationId | null {
  try {
    const parsed = Options.safeParse(JSON.parse(options ?? ''))
    return parsed.success ? asId<ConversationId>(parsed.data.conversationId) : null
  } catch {
    return null
  }
}
