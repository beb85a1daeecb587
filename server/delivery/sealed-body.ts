import type { Keyring } from '../crypto/keyring.ts'

/** Where a raw body or a quarantined change is bound to: the row it lies in. */
export const bodyPlace = (kind: 'delivery' | 'quarantine', id: string) => ['control', kind, 'body', id]

/** A sealed body as JSON; undefined when it is no JSON (never the case for what was accepted). Throws `seal_broken`. */
export async function openBody(
  keyring: Keyring,
  kind: 'delivery' | 'quarantine',
  row: { id: string; body: Uint8Array },
): Promise<unknown> {
  const bytes = await keyring.open('intake', bodyPlace(kind, row.id), row.body)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
