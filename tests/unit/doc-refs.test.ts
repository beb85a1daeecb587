import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const DOCS = [
  'README.md',
  'server/README.md',
  'db/README.md',
  'tests/README.md',
  'widget/README.md',
  'placements/README.md',
]

// In backticks, with a slash and no placeholder: `server/http/health.ts`, `widget/src/`.
const PATH = /^\.{0,2}\/?[\w.-]+(?:\/[\w.{},-]+)+\/?$/
const FILE = /^[\w-]+(?:\.[\w-]+)*\.(?:ts|vue|mjs|js|toml|json|md|sql)$/

const expand = (path: string): string[] => {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? []
  return choices === undefined ? [path] : choices.split(',').map((choice) => `${before}${choice}${after}`)
}

// Made by a build or a first start, never committed; or a path on the web, or an npm package.
const GENERATED = /^(?:\.data|widget\/dist|node_modules)(?:\/|$)/

const isPath = (text: string): boolean =>
  (PATH.test(text) || FILE.test(text)) &&
  !text.startsWith('/') &&
  !text.startsWith('@') &&
  !GENERATED.test(text)

const topFolders = ['server', 'db', 'placements', 'tests', 'widget', '.ci', '.', '..']

const refsOf = (text: string): string[] => {
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  )
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)[^)]*\)/g)].map(([, link = '']) => link)
  return [...inline.filter(isPath), ...links].flatMap(expand)
}

const exists = (doc: string, path: string): boolean => {
  const places = [root, resolve(root, dirname(doc))]
  return places.some((place) => existsSync(resolve(place, path)))
}

// A first part that is neither one of our folders nor beside the document is no path (`application/json`).
const isOurs = (doc: string, path: string): boolean =>
  !path.includes('/') ||
  topFolders.includes(path.split('/')[0] ?? '') ||
  existsSync(resolve(root, dirname(doc), path.split('/')[0] ?? ''))

const missingIn = (doc: string, text: string): string[] =>
  refsOf(text).filter((path) => isOurs(doc, path) && !exists(doc, path))

test.each(DOCS.filter((doc) => existsSync(resolve(root, doc))))('every path named in %s exists', (doc) => {
  expect(missingIn(doc, readFileSync(resolve(root, doc), 'utf8'))).toEqual([])
})

test('a path that is gone is found, and what only looks like one is left alone', () => {
  const text =
    'See `server/gone.ts`, `server/{config,gone}.ts`, [x](db/gone.md), `application/json`, `/healthz`, `server/log.ts`.'
  expect(missingIn('README.md', text)).toEqual(['server/gone.ts', 'server/gone.ts', 'db/gone.md'])
})
