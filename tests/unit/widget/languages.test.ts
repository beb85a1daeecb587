import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  AuthorKind,
  Check,
  EntityType,
  InstallStep,
  MessageKind,
  MessageStatus,
  SetupStep,
  TEXT_LIMIT,
  Theme,
} from '#server/contract.ts'
import { TEXT_LIMIT as WIDGET_LIMIT } from '../../../widget/src/contract.ts'
import { failReason } from '../../../widget/src/conversation/fail-reason.ts'
import { pluralForms, pluralRule } from '../../../widget/src/i18n/plural-rule.ts'

const source = join(import.meta.dirname, '../../../widget/src')
const load = (language: string) =>
  new Map(Object.entries<string>(JSON.parse(readFileSync(join(source, `i18n/${language}.json`), 'utf8'))))
const languages = new Map(['en', 'ru', 'ro'].map((language) => [language, load(language)]))
const english = load('en')

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(vue|ts)$/.test(name),
)
const code = files.map((name) => readFileSync(join(source, name), 'utf8')).join('\n')

const FAMILIES: Record<string, readonly string[]> = {
  'app.': ['start', 'numbers', 'settings', 'diagnosis'],
  'author.': AuthorKind.options,
  'kind.': MessageKind.options,
  'send.': MessageStatus.options,
  'record.': EntityType.options,
  'menu.theme.': Theme.options,
  'binding.': ['phone', 'created', 'moved', 'matched-again', 'started'],
  'check.': Check.shape.id.options,
  'advice.': Check.shape.id.options,
  'check.state.': Check.shape.state.options,
  'install.step.': InstallStep.shape.id.options,
  'state.': InstallStep.shape.state.options,
  'setup.': SetupStep.shape.id.options,
  'setup.state.': ['done', 'now', 'next'],
  'numbers.kind.': ['cloud', 'linked'],
  'numbers.': ['working', 'waiting', 'disconnected', 'token_refused'],
  'connect.': ['wabaId', 'phoneNumberId', 'accessToken'],
  'connect.fail.': ['token_refused', 'wrong_account', 'number_taken', 'terms_required', 'digits'],
}

describe('words', () => {
  test.each([...languages])(
    '%s has the same keys as English, sorted, and no empty text',
    (_language, texts) => {
      expect([...texts.keys()]).toEqual([...english.keys()])
      expect([...texts.keys()]).toEqual([...texts.keys()].toSorted())
      expect([...texts.values()].filter((text) => text.trim() === '')).toEqual([])
    },
  )

  test.each([...languages])(
    '%s names the same values and writes every plural form of the language',
    (language, texts) => {
      const names = (text: string | undefined) => [...new Set(text?.match(/\{\w+\}/g))].toSorted()
      for (const [key, text] of texts) {
        expect(names(text), key).toEqual(names(english.get(key)))
        const forms = text.split(' | ').length
        expect(forms, key).toBe(english.get(key)?.includes(' | ') ? pluralForms(language).length : 1)
      }
    },
  )

  test('every key written in the code exists', () => {
    const used = [...code.matchAll(/\bt\(\s*['`]([\w.-]+)['`]/g)].map((match) => match[1] ?? '')
    expect(used.length).toBeGreaterThan(100)
    expect(used.filter((key) => !english.has(key))).toEqual([])
  })

  test('every key made from a value of the contract exists', () => {
    const made = Object.entries(FAMILIES).flatMap(([start, ends]) => ends.map((end) => `${start}${end}`))
    expect(made.filter((key) => !english.has(key))).toEqual([])
    const prefixes = [...code.matchAll(/\bte?\(`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '')
    expect(prefixes.filter((prefix) => !(prefix in FAMILIES))).toEqual([])
  })

  test('every failure has its words, and an unknown one too', () => {
    for (const code of ['no_whatsapp', 'window_closed', 'channel_disconnected', 'nobody_knows', null])
      expect(english.has(failReason(code)), String(code)).toBe(true)
  })

  test.each([
    ['en', [1, 2, 5], [0, 1, 1]],
    ['ru', [1, 2, 5, 11, 21, 22], [0, 1, 2, 2, 0, 1]],
    ['ro', [1, 2, 19, 20, 101, 100], [0, 1, 1, 2, 1, 2]],
  ])('%s counts as its grammar does', (language, counts, forms) => {
    const rule = pluralRule(language)
    expect(counts.map((count) => rule(count, pluralForms(language).length))).toEqual(forms)
  })

  test('the widget’s text limit is the server’s', () => {
    expect(WIDGET_LIMIT).toBe(TEXT_LIMIT)
  })
})
