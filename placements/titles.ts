import type { Language } from '#server/contract.ts'

// A brand name: the same word in every language, but the portal shows only what it was given for its own.
export const TAB_TITLES: Readonly<Record<Language, string>> = {
  en: 'WhatsApp',
  ru: 'WhatsApp',
  ro: 'WhatsApp',
}
