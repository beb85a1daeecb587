import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

export type BudgetChunk = {
  fileName: string
  modules: string[]
  imports: string[]
  css: string[]
  entryModule: string | null
  bytes: number
}
/** Bytes after gzip, and files: each is a request of its own that the page waits for. */
export type Budget = { entry: string; alsoNeeded: RegExp; javascript: number; css: number; files: number }
export type BudgetResult = { javascript: number; css: number; files: string[]; over: string[] }

/** Sizes (gzip bytes) of what the browser loads before `entry` shows: its static imports and the largest lazy chunk of `alsoNeeded`. */
export function measureBudget(chunks: BudgetChunk[], css: Map<string, number>, budget: Budget): BudgetResult {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const needed = new Set<string>()
  const visit = (fileName: string) => {
    const chunk = byName.get(fileName)
    if (!chunk || needed.has(fileName)) return
    needed.add(fileName)
    chunk.imports.forEach(visit)
  }
  const entry = chunks.find((chunk) => chunk.entryModule === budget.entry)
  if (!entry) throw new Error(`bundle budget: no entry ${budget.entry}`)
  visit(entry.fileName)
  const languages = chunks.filter((chunk) => chunk.modules.some((name) => budget.alsoNeeded.test(name)))
  const [largest] = languages.toSorted((a, b) => b.bytes - a.bytes)
  if (largest) visit(largest.fileName)

  const scripts = [...needed]
  const sheets = new Set(scripts.flatMap((name) => byName.get(name)?.css ?? []))
  const files = [...scripts, ...sheets]
  const javascript = scripts.reduce((sum, name) => sum + (byName.get(name)?.bytes ?? 0), 0)
  const styles = [...sheets].reduce((sum, name) => sum + (css.get(name) ?? 0), 0)
  const over = [
    ...(javascript > budget.javascript ? [`JS ${javascript} > ${budget.javascript}`] : []),
    ...(styles > budget.css ? [`CSS ${styles} > ${budget.css}`] : []),
    ...(files.length > budget.files ? [`${files.length} files > ${budget.files}`] : []),
  ]
  return { javascript, css: styles, files, over }
}

const gzipBytes = (content: string | Uint8Array) => gzipSync(content, { level: 9 }).length

/** Vite plugin: prints the gzip size of the contact tab and fails the build above the budget (kB = 1000 bytes). */
export function bundleBudget(budget: Budget): Plugin {
  let root = ''
  const relative = (id: string) => (id.startsWith(root) ? id.slice(root.length + 1) : id)
  return {
    name: 'bundle-budget',
    apply: 'build',
    enforce: 'post',
    configResolved: (config) => void (root = config.root.replace(/\/$/, '')),
    writeBundle(_options, bundle) {
      const css = new Map<string, number>()
      const chunks: BudgetChunk[] = []
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset') {
          if (file.fileName.endsWith('.css')) css.set(file.fileName, gzipBytes(file.source))
          continue
        }
        chunks.push({
          fileName: file.fileName,
          modules: file.moduleIds.map(relative),
          imports: file.imports,
          css: [...(file.viteMetadata?.importedCss ?? [])],
          entryModule: file.isEntry && file.facadeModuleId ? relative(file.facadeModuleId) : null,
          bytes: gzipBytes(file.code),
        })
      }
      const result = measureBudget(chunks, css, budget)
      const kilo = (bytes: number) => (bytes / 1000).toFixed(1)
      console.log(
        `bundle: ${budget.entry} needs ${kilo(result.javascript)} kB JS and ${kilo(result.css)} kB CSS gzipped ` +
          `in ${result.files.length} files (budget ${kilo(budget.javascript)}, ${kilo(budget.css)}, ${budget.files})`,
      )
      if (result.over.length > 0) this.error(`bundle budget exceeded: ${result.over.join(', ')}`)
    },
  }
}
