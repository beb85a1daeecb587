import type { Context } from 'hono'
import type { Language } from '../contract.ts'
import type { Deps } from '../deps.ts'
import type { Env } from './env.ts'
import { answerDocument, claimedOrigin, honestPolicy, newNonce } from './frame-headers.ts'
import { HONEST_WORDS, type HonestKind } from './honest-words.ts'

/** The language a portal page was opened in, if we speak it. */
export function languageOf(c: Context<Env>): Language {
  const asked = (c.req.query('LANG') ?? '').slice(0, 2).toLowerCase()
  return asked === 'ru' || asked === 'ro' ? asked : 'en'
}

/** A page without script that says what is the matter and what to do next, in the user's language. */
export function honestPage(
  deps: Deps,
  c: Context<Env>,
  kind: HonestKind,
  status: 200 | 403 | 503 = 403,
): Response {
  const language = languageOf(c)
  const { title, text } = HONEST_WORDS[language][kind]
  const nonce = newNonce()
  const policy = honestPolicy(nonce, claimedOrigin(c, deps.config.allowPrivateUpstreams))
  return answerDocument(c, render({ language, title, text, nonce }), policy, status)
}

const STYLE = `:root{color-scheme:light dark}body{margin:0;min-height:100dvh;display:grid;place-items:center;
font:14px/20px system-ui,sans-serif;background:#f3f6f9;color:#2b333d}main{max-width:360px;padding:24px;text-align:center}
h1{font-size:16px;line-height:22px;margin:0 0 8px}p{margin:0;color:#525c69}
@media(prefers-color-scheme:dark){body{background:#1b1b1c;color:#f4f5f6}p{color:#b6bcc4}}`

function render(page: { language: Language; title: string; text: string; nonce: string }): string {
  return [
    `<!doctype html><html lang="${page.language}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${page.title}</title>`,
    `<style nonce="${page.nonce}">${STYLE}</style></head>`,
    `<body><main><h1>${page.title}</h1><p>${page.text}</p></main></body></html>`,
  ].join('')
}
