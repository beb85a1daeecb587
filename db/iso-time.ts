const COMMON = '2026-11-22 09:30:00.000+00'.length

/**
 * A time as PostgreSQL writes it (`timestamptz::text`), in ISO 8601 to the millisecond. What has the usual form is put together
 * without a date: a page of a thread has fifty of them.
 */
export function isoTime(text: string): string {
  if (text.length !== COMMON || !text.endsWith('+00')) return new Date(text).toISOString()
  return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`
}
