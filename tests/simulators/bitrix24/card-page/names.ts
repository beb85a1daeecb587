import type { CrmRecord, PlacementBinding, PortalState, User } from '../state.ts'

/** How the portal calls a record. */
export function recordName(record: CrmRecord): string {
  const person = [record.name, record.lastName].filter(Boolean).join(' ')
  return record.title || person || `#${record.id}`
}

/** A user's full name. */
export function userName(portal: PortalState, userId: number): string {
  const user = portal.users.find((one) => one.id === userId)
  return user ? fullName(user) : `#${userId}`
}

/** Name and last name. */
export function fullName(user: User): string {
  return [user.name, user.lastName].filter(Boolean).join(' ')
}

/** The title of a widget in this language: its own, English, the plain title. */
export function widgetTitle(binding: PlacementBinding, lang: string): string {
  return binding.langAll[lang]?.['TITLE'] || binding.langAll['en']?.['TITLE'] || binding.title
}

/** textWithTranslation: this language, English, the first one. */
export function translate(value: unknown, lang: string): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '')
  const texts = new Map(Object.entries(value))
  return String(texts.get(lang) ?? texts.get('en') ?? [...texts.values()][0] ?? '')
}
