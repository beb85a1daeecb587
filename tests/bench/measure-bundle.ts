import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { WIDGET_DIST } from '#server/adapters/node/build-widget.ts'
import { readWidget } from '#server/adapters/node/read-widget.ts'
import { measureBudget, type Budget, type BudgetChunk } from '../../widget/bundle-budget.ts'

const gzipBytes = (file: string): number =>
  gzipSync(readFileSync(join(WIDGET_DIST, file)), { level: 9 }).length

/** The sizes of what lies in the build, by its manifest, against a budget (gzip bytes). */
export function measureBundle(budget: Budget) {
  const { manifest } = readWidget()
  const fileOf = (key: string) => manifest[key]?.file ?? key
  const chunks = Object.entries(manifest)
    .filter(([, { file }]) => file.endsWith('.js'))
    .map(([key, chunk]): BudgetChunk => ({
      fileName: chunk.file,
      modules: [key],
      imports: (chunk.imports ?? []).map(fileOf),
      css: chunk.css ?? [],
      entryModule: key,
      bytes: gzipBytes(chunk.file),
    }))
  const sheets = new Set(chunks.flatMap((chunk) => chunk.css))
  return measureBudget(chunks, new Map([...sheets].map((file) => [file, gzipBytes(file)])), budget)
}
