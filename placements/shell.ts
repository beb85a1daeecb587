import type { Boot, PageName } from '#server/contract.ts'
import type { z } from 'zod'

type Chunk = { file: string; css?: string[]; imports?: string[] }

/** What the build of the widget left behind: Vite's manifest. */
export type WidgetBuild = { manifest: Record<string, Chunk> }

/** Where a page starts: the card tab is small, everything else is in the app bundle. */
const entryOf = (page: PageName) => (page === 'app' || page === 'install' ? 'src/app.ts' : 'src/tab.ts')

const AHEAD = 'src/ask-ahead.ts'

/** The document that boots the widget. Throws an Error when the build has no such page: the server started without one. */
export function renderShell(
  build: WidgetBuild,
  boot: z.infer<typeof Boot>,
  look: { language: string; nonce: string },
): string {
  const { scripts, styles, entry, ahead } = filesOf(build, entryOf(boot.page), look.language)
  const nonce = `nonce="${look.nonce}"`
  return [
    `<!doctype html><html lang="${look.language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>WhatsApp</title>',
    // Read by Vite's loader: what it adds later carries the same nonce.
    `<meta property="csp-nonce" ${nonce}>`,
    `<script type="application/json" id="boot">${safeJson(boot)}</script>`,
    // Runs as soon as it is there: the session and the thread are asked for while the rest still loads.
    `<script type="module" async fetchpriority="high" src="/${ahead}" ${nonce}></script>`,
    ...styles.map((file) => `<link rel="stylesheet" href="/${file}" ${nonce}>`),
    ...scripts.map((file) => `<link rel="modulepreload" href="/${file}" ${nonce}>`),
    `</head><body><div id="app"></div><script type="module" src="/${entry}" ${nonce}></script></body></html>`,
  ].join('')
}

/** The policy of that document; `frameOrigin` is the verified portal's. */
export function shellPolicy(nonce: string, frameOrigin: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameOrigin}`,
  ].join('; ')
}

function filesOf({ manifest }: WidgetBuild, name: string, language: string) {
  const entry = manifest[name]
  if (!entry) throw new Error(`The widget's build has no ${name}.`)
  const chunks = new Set<Chunk>()
  const visit = (chunk: Chunk) => {
    if (chunks.has(chunk)) return
    chunks.add(chunk)
    for (const key of chunk.imports ?? []) {
      const next = manifest[key]
      if (next) visit(next)
    }
  }
  visit(entry)
  // The words of the page, which the entry would ask for only once it runs.
  const words = manifest[`src/i18n/${language}.ts`]
  if (words) visit(words)
  const all = [...chunks]
  const ahead = manifest[AHEAD]
  if (!ahead) throw new Error(`The widget's build has no ${AHEAD}.`)
  return {
    entry: entry.file,
    ahead: ahead.file,
    scripts: all.filter((chunk) => chunk !== entry).map((chunk) => chunk.file),
    styles: [...new Set(all.flatMap((chunk) => chunk.css ?? []))],
  }
}

// Inside a script element only `<` can end it; U+2028 and U+2029 are harmless in JSON.
function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
