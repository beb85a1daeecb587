import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Frame } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}

/** What axe has against a document: one line per rule and element, empty when all is well. */
export async function axeFindings(frame: Frame): Promise<string[]> {
  // Evaluated, not added as a script: the page's policy allows none of ours.
  await frame.evaluate(source)
  const { violations } = await frame.evaluate(
    (rules) => (globalThis as unknown as { axe: { run(o: object): Promise<AxeResults> } }).axe.run(rules),
    RULES,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      (node) => `${id}: ${node.target.join(' ')} (${node.failureSummary?.split('\n')[1]?.trim() ?? ''})`,
    ),
  )
}
