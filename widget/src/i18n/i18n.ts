import { shallowRef } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Language } from '../contract.ts'
import { pluralRule } from './plural-rule.ts'

const LANGUAGES: Record<Language, () => Promise<typeof import('./en.ts')>> = {
  en: () => import('./en.ts'),
  ru: () => import('./ru.ts'),
  ro: () => import('./ro.ts'),
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: false,
  // Keys are flat, and one may be the beginning of another (`window.open`, `window.open.short`).
  messageResolver: (messages, key) => (messages as Record<string, string>)[key] ?? null,
  messages: {},
  missingWarn: false,
  fallbackWarn: false,
  pluralRules: { en: pluralRule('en'), ru: pluralRule('ru'), ro: pluralRule('ro') },
})

type Kit = typeof import('./en.ts').kit
/** The kit's own texts in the chosen language. */
export const kitLocale = shallowRef<Kit | undefined>()

/** A language we have, from what a page or a user says; English otherwise. */
export const knownLanguage = (language: string | null | undefined): Language => {
  const short = language?.slice(0, 2).toLowerCase()
  return short === 'ru' || short === 'ro' ? short : 'en'
}

/** Loads a language and switches every text, date and the page's `lang` to it. */
export async function showLanguage(language: Language): Promise<void> {
  const { messages, kit } = await LANGUAGES[language]()
  i18n.global.setLocaleMessage(language, messages)
  i18n.global.locale.value = language
  kitLocale.value = kit
  document.documentElement.lang = language
}
