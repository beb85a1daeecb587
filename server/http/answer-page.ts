import type { Context } from 'hono'
import { renderShell, shellPolicy, type WidgetBuild } from '#placements/shell.ts'
import type { PageName } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { openPlacement, type OpenClaim, type OpenRefusal } from '../portal/open-placement.ts'
import type { Env } from './env.ts'
import { answerDocument, newNonce } from './frame-headers.ts'
import { honestPage, languageOf } from './honest-page.ts'
import type { HonestKind } from './honest-words.ts'
import type { PagePost } from './page-post.ts'

/** The built widget, as the runtime finds it. */
export type ReadWidget = () => WidgetBuild

/** Opens a page for a verified user and answers its document; a refusal is logged here, once, and said honestly. */
export async function answerPage(
  deps: Deps,
  c: Context<Env>,
  widget: ReadWidget,
  post: PagePost,
  target: Pick<OpenClaim, 'page' | 'entity' | 'conversationId'>,
): Promise<Response> {
  const language = languageOf(c)
  const opened = await openPlacement(deps, { ...post, ...target, language })
  if (!opened.ok) return answerRefusal(deps, c, target.page, opened)
  const nonce = newNonce()
  const build = widget()
  const html = renderShell(build, { code: opened.code, page: target.page }, { language, nonce })
  return answerDocument(c, html, shellPolicy(nonce, opened.portalOrigin), 200)
}

function answerRefusal(deps: Deps, c: Context<Env>, page: PageName, refusal: OpenRefusal): Response {
  const { reason, portalId } = refusal
  deps.log.warn('page.refused', { requestId: c.var.requestId, portalId, placement: page, reason })
  const kind: HonestKind = reason
  return honestPage(deps, c, kind, reason === 'unreachable' ? 503 : 403)
}
