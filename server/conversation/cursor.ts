import { AppError } from '../errors.ts'

/** An opaque cursor around the sort key of the last item. */
export function writeCursor(parts: readonly (string | number)[]): string {
  return btoa(parts.join(' ')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const refused = () =>
  new AppError('invalid', 'The cursor is not one of ours.', {
    issues: [{ path: 'cursor', message: 'unknown cursor' }],
  })

/** The parts of a cursor, checked one by one. Throws `invalid` for anything else. */
export function readCursor(cursor: string, shape: readonly RegExp[]): string[] {
  let text: string
  try {
    text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    throw refused()
  }
  const parts = text.split(' ')
  if (parts.length !== shape.length || !shape.every((one, index) => one.test(parts[index] ?? '')))
    throw refused()
  return parts
}

export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
export const WHOLE = /^-?\d{1,15}$/
