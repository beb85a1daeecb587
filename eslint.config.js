import { basename } from 'node:path'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const ENTRIES = [
  'server/{node,worker,replay,rewrap}.ts',
  'server/start.mjs',
  'db/*-cli.ts',
  'db/drizzle.config.ts',
]
// The places that may write to the console: what a person starts by hand.
const TALKERS = [
  ...ENTRIES,
  'db/seed.ts',
  'tests/bench/**',
  'tests/simulators/**',
  'tests/prepare.mjs',
  'widget/*.ts',
]
// The one send gate: whoever else wants to send asks these two.
const SEND_GATE = ['server/conversation/send-message.ts', 'server/conversation/*attempt*.ts']

const VAGUE = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'service'])

const fileName = {
  meta: { type: 'problem', schema: [], messages: { bad: '{{name}}: {{why}}' } },
  create(context) {
    const name = basename(context.filename)
    const stem = name.replace(/\.(test|bench|d|config)?\.?[a-z]+$/, '')
    const isComponent = name.endsWith('.vue')
    const isGood = isComponent ? /^[A-Z][A-Za-z0-9]*$/.test(stem) : /^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)
    const why = VAGUE.has(stem.toLowerCase())
      ? 'says nothing about what is inside'
      : isGood
        ? null
        : `${isComponent ? 'components are PascalCase' : 'files are kebab-case'}`
    return { Program: (node) => why && context.report({ node, messageId: 'bad', data: { name, why } }) }
  },
}

const noImport = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
})

const noAdapters = {
  group: ['**/adapters/**', '\\#server/adapters/**'],
  message: 'Only the entries know the runtime; ask deps for the port.',
}
const noSql = {
  group: ['drizzle-orm', 'drizzle-orm/*', 'postgres', '\\#db/schema/**', '**/db/schema/**'],
  message: 'http/ parses, calls a verb and answers; queries live in the plural files of the domain folders.',
}
const noRuntime = {
  group: ['hono', 'hono/*', '@hono/*', 'node:*'],
  message: 'Domain folders run in every runtime: no hono, no node:*.',
}
const typesOnly = {
  group: [
    '\\#server/**',
    '**/server/**',
    '\\#db/**',
    '**/db/**',
    '!**/server/contract.ts',
    '!\\#server/contract.ts',
  ],
  allowTypeImports: true,
  message: 'The widget takes types from the server, and values from contract.ts only.',
}
const oneFrameUser = {
  group: ['@bitrix24/b24jssdk', '@bitrix24/b24jssdk/*'],
  message: 'portal-frame.ts is the only user of the portal SDK.',
}

const noEnv = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'Only config.ts and the entries read the environment.' },
  ],
}

const noSendOutsideTheGate = {
  'no-restricted-syntax': [
    'error',
    {
      selector: "Literal[value='whatsapp.send']",
      message: 'Only conversation/send-message.ts may enqueue a send.',
    },
  ],
}

const noSkippedTest = {
  'no-restricted-syntax': [
    'error',
    {
      selector:
        'MemberExpression[object.name=/^(test|it|describe)$/][property.name=/^(skip|only|todo|skipIf|runIf|fails)$/]',
      message: 'A test runs or it is not there.',
    },
  ],
}

export default tseslint.config(
  { ignores: ['node_modules', '**/dist', '.data', '.wrangler', 'widget/*.d.ts', 'db/migrations'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended.map((part) => ({ ...part, files: ['**/*.{ts,vue}'] })),
  ...vue.configs['flat/essential'].map((part) => ({ ...part, files: ['**/*.vue'] })),
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: { 'vue/no-v-html': 'error', 'vue/multi-word-component-names': 'off' },
  },
  {
    files: ['**/*.{ts,vue,js,mjs}'],
    plugins: { house: { rules: { 'file-name': fileName } } },
    rules: {
      'house/file-name': 'error',
      'max-lines': ['error', 300],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  // globalThis is typed by `declare global { var … }`, which knows no other keyword.
  { files: ['tests/support/global-setup.ts'], rules: { 'no-var': 'off' } },
  {
    files: ['server/**/*.ts', 'db/**/*.ts', 'placements/**/*.ts', 'tests/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: { '@typescript-eslint/no-floating-promises': 'error' },
  },
  { files: TALKERS, rules: { 'no-console': 'off' } },

  {
    files: ['server/**/*.ts', 'db/**/*.ts', 'placements/**/*.ts'],
    ignores: [...ENTRIES, 'server/config.ts'],
    rules: noEnv,
  },
  { files: ['server/**/*.ts'], ignores: [...SEND_GATE, 'server/jobs/**'], rules: noSendOutsideTheGate },
  { files: ['server/http/**/*.ts'], rules: noImport(noSql, noAdapters) },
  {
    files: ['server/*/**/*.ts', 'placements/**/*.ts'],
    ignores: ['server/{http,adapters}/**'],
    rules: noImport(noRuntime, noAdapters),
  },
  {
    files: ['widget/**/*.{ts,vue}'],
    ignores: ['widget/*.ts'],
    rules: noImport(typesOnly, oneFrameUser),
  },
  { files: ['widget/src/portal-frame.ts'], rules: noImport(typesOnly) },
  { files: ['tests/**/*.ts'], rules: noSkippedTest },
)
