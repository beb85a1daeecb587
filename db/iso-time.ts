/**
 * A time as PostgreSQL writes it (`timestamptz::text`), in ISO 8601 to the millisecond. Throws a RangeError for what is no time.
 * Put together without a date where it is in UTC: a page of a thread has fifty.
 */
export function isoTime(text: string): string {
  if (text[10] !== ' ' || !text.endsWith('+00')) return new Date(text).toISOString()
  const milliseconds = text.slice(20, -3).padEnd(3, '0').slice(0, 3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`
}
