const FORMS: Record<string, readonly Intl.LDMLPluralRule[]> = {
  en: ['one', 'other'],
  ru: ['one', 'few', 'many'],
  ro: ['one', 'few', 'other'],
}

/** The plural forms a language writes, in the order they stand in its texts. */
export const pluralForms = (language: string): readonly Intl.LDMLPluralRule[] => FORMS[language] ?? ['other']

/** Index of the form for `count` among the forms of a text (vue-i18n plural rule). */
export function pluralRule(language: string): (count: number, choices: number) => number {
  const rules = new Intl.PluralRules(language)
  const forms = pluralForms(language)
  return (count, choices) => {
    const at = forms.indexOf(rules.select(count))
    // A fraction is `other` in Russian, which is written with the genitive of `few`.
    return Math.min(at === -1 ? 1 : at, choices - 1)
  }
}
