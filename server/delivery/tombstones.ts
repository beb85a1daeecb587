import { byteList } from '#db/byte-list.ts'
import type { Deps } from '../deps.ts'

/** What a disconnected number is remembered as, under a key that is not in the database. */
export const numberMark = (phoneNumberId: string): string => `number:${phoneNumberId}`

/** Which of these numbers somebody disconnected once: their content is dropped while nobody holds them. */
export async function disconnectedNumbers(
  deps: Pick<Deps, 'db' | 'keyring'>,
  numbers: readonly string[],
): Promise<Set<string>> {
  const marks = await Promise.all(
    numbers.map(async (number) => ({
      number,
      macs: await deps.keyring.macs('tombstone', numberMark(number)),
    })),
  )
  const hashes = marks.flatMap(({ macs }) => macs.map(({ hash }) => hash))
  if (hashes.length === 0) return new Set()
  const rows = await deps.db.lease(
    (sql) => sql<{ hash: Uint8Array }[]>`
      select hash from control.tombstones('number', ${byteList(hashes)}::text::bytea[])`,
  )
  const known = new Set(rows.map(({ hash }) => toHex(hash)))
  const isMarked = ({ macs }: (typeof marks)[number]) => macs.some(({ hash }) => known.has(toHex(hash)))
  return new Set(marks.filter(isMarked).map(({ number }) => number))
}

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
