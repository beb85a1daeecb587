import { describe, expect, test } from 'vitest'
import { measureBudget, type BudgetChunk } from '../../../widget/bundle-budget.ts'

const chunk = (fileName: string, bytes: number, fields: Partial<BudgetChunk> = {}): BudgetChunk => ({
  fileName,
  bytes,
  modules: [],
  imports: [],
  css: [],
  entryModule: null,
  ...fields,
})
const budget = { entry: 'src/tab.ts', alsoNeeded: /i18n/, javascript: 100, css: 20, files: 6 }
const chunks = [
  chunk('tab.js', 10, { entryModule: 'src/tab.ts', imports: ['vue.js', 'kit.js'], css: ['main.css'] }),
  chunk('kit.js', 20, { imports: ['vue.js'], css: ['main.css'] }),
  chunk('vue.js', 30),
  chunk('en.js', 5, { modules: ['src/i18n/en.ts'] }),
  chunk('ru.js', 8, { modules: ['src/i18n/ru.ts'], imports: ['locale.js'] }),
  chunk('locale.js', 1),
  chunk('menu.js', 500),
]
const css = new Map([
  ['main.css', 15],
  ['menu.css', 90],
])

describe('the bundle budget', () => {
  test('counts what is imported statically once, and the largest language with what it imports', () => {
    expect(measureBudget(chunks, css, budget)).toMatchObject({ javascript: 69, css: 15, over: [] })
  })

  test('names what is over', () => {
    expect(measureBudget(chunks, css, { ...budget, javascript: 68, css: 14, files: 5 }).over).toEqual([
      'JS 69 > 68',
      'CSS 15 > 14',
      '6 files > 5',
    ])
  })

  test('an entry that is not there is an error, not a pass', () => {
    expect(() => measureBudget(chunks, css, { ...budget, entry: 'src/gone.ts' })).toThrow('src/gone.ts')
  })
})
