/** Foreign JSON, one level: nothing about its values is known. */
export type Wire = Readonly<Record<string, unknown>>

/** The value as an object (not a list), or undefined. */
export function objectOf(value: unknown): Wire | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Wire) : undefined
}

/** The value as a list; anything else is an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The value as text the database can hold (no NUL, no half surrogate); undefined when empty, longer than `max`, or no text. */
export function textOf(value: unknown, max = Infinity): string | undefined {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
  if (typeof text !== 'string' || text === '' || text.length > max) return undefined
  return storable(text)
}

/** PostgreSQL refuses NUL in text, and UTF-8 has no half surrogates. */
export function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed()
}

/** Longest id we keep: WhatsApp's are at most 128 characters, and an index entry has to fit a page. */
export const ID_LIMIT = 512

/** An id of the other side. */
export function idOf(value: unknown): string | undefined {
  return textOf(value, ID_LIMIT)
}

// WhatsApp did not exist before 2009; what is older is a placeholder or nonsense.
const EARLIEST_MS = Date.UTC(2009, 0)
const MILLISECONDS_FROM = 100_000_000_000

/** WhatsApp's time stamp (seconds, now and then milliseconds) as milliseconds of a whole second; undefined for nonsense. */
export function stampOf(value: unknown): number | undefined {
  const digits = textOf(value, 20)
  if (!digits || !/^\d+$/.test(digits)) return undefined
  const number = Number(digits)
  const seconds = number >= MILLISECONDS_FROM ? Math.floor(number / 1000) : number
  const ms = seconds * 1000
  return ms >= EARLIEST_MS && ms < 8.64e15 ? ms : undefined
}
