import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { expect, test } from 'vitest'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

// The files below exist only here, so the rule that needs a whole program is off.
const eslint = new ESLint({
  cwd,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { project: null } },
      rules: { '@typescript-eslint/no-floating-promises': 'off' },
    },
  ],
})

const complaints = async (filePath: string, code: string): Promise<(string | null)[]> => {
  const [result] = await eslint.lintText(code, { filePath })
  return (result?.messages ?? []).map((message) => message.ruleId)
}

const IMPORT = '@typescript-eslint/no-restricted-imports'

const forbidden: [what: string, file: string, code: string, rule: string][] = [
  ['http/ importing drizzle-orm', 'server/http/x.ts', "import 'drizzle-orm'", IMPORT],
  [
    'http/ importing its types',
    'server/http/x.ts',
    "import type { SQL } from 'drizzle-orm'\nexport type X = SQL",
    IMPORT,
  ],
  ['http/ importing a table', 'server/http/x.ts', "import '#db/schema/index.ts'", IMPORT],
  ['http/ importing an adapter', 'server/http/x.ts', "import '../adapters/node/clock.ts'", IMPORT],
  ['a domain folder importing hono', 'server/conversation/x.ts', "import 'hono'", IMPORT],
  ['a domain folder importing node:*', 'server/portal/x.ts', "import 'node:fs'", IMPORT],
  ['a domain folder importing node:*/x', 'server/portal/x.ts', "import 'node:fs/promises'", IMPORT],
  [
    'a domain folder importing an adapter',
    'server/crm/x.ts',
    "import '#server/adapters/node/clock.ts'",
    IMPORT,
  ],
  ['placements/ importing node:*', 'placements/x.ts', "import 'node:fs'", IMPORT],
  ['the widget importing server code', 'widget/src/x.ts', "import '../../server/errors.ts'", IMPORT],
  ['the widget importing database code', 'widget/src/x.ts', "import '#db/client.ts'", IMPORT],
  ['a second user of the portal SDK', 'widget/src/x.ts', "import '@bitrix24/b24jssdk'", IMPORT],
  [
    'the environment read in a verb',
    'server/crm/x.ts',
    'export const x = process.env.PORT',
    'no-restricted-properties',
  ],
  ['the environment read in db/', 'db/x.ts', 'export const x = process.env.PORT', 'no-restricted-properties'],
  ['a second sender', 'server/robot/x.ts', "export const x = 'whatsapp.send'", 'no-restricted-syntax'],
  ['console in a verb', 'server/crm/x.ts', 'console.log(1)', 'no-console'],
  ['any', 'server/crm/x.ts', 'export const x: any = 1', '@typescript-eslint/no-explicit-any'],
  [
    '!',
    'server/crm/x.ts',
    'export const f = (x: { a?: string }) => x.a!',
    '@typescript-eslint/no-non-null-assertion',
  ],
  ['v-html', 'widget/src/X.vue', '<template><p v-html="x" /></template>', 'vue/no-v-html'],
  ['a vague file name', 'server/crm/utils.ts', 'export const x = 1', 'house/file-name'],
  ['a camelCase file name', 'server/crm/doThing.ts', 'export const x = 1', 'house/file-name'],
  ['a long file', 'server/crm/x.ts', 'export const x = 1\n'.padEnd(400, '\n'), 'max-lines'],
  [
    'a skipped test',
    'tests/unit/x.test.ts',
    "import { test } from 'vitest'\ntest.skip('x')",
    'no-restricted-syntax',
  ],
]

test.each(forbidden)('%s is refused', async (_, file, code, rule) => {
  expect(await complaints(file, code)).toContain(rule)
})

const allowed: [what: string, file: string, code: string][] = [
  ['http/ importing hono', 'server/http/x.ts', "import 'hono'"],
  ['an adapter importing node:*', 'server/adapters/node/x.ts', "import 'node:fs'"],
  [
    'the widget taking a type',
    'widget/src/x.ts',
    "import type { A } from '../../server/app.ts'\nexport type B = A",
  ],
  ['the widget taking a contract value', 'widget/src/x.ts', "import '../../server/contract.ts'"],
  ['the portal SDK in its file', 'widget/src/portal-frame.ts', "import '@bitrix24/b24jssdk'"],
  ['the environment in an entry', 'server/node.ts', 'export const x = process.env'],
  ['the send gate sending', 'server/conversation/send-message.ts', "export const x = 'whatsapp.send'"],
]

test.each(allowed)('%s is fine', async (_, file, code) => {
  expect(await complaints(file, code)).toEqual([])
})
