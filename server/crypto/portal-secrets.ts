import { and, eq } from 'drizzle-orm'
import { dataKey } from '#db/schema/index.ts'
import type { Tx } from '#db/tenancy.ts'
import { AppError } from '../errors.ts'
import { newId, type PortalId } from '../ids.ts'
import type { Keyring } from './keyring.ts'
import { keyIdOf, open, seal, type SealKey } from './seal.ts'

type WrappedKey = { id: string; wrapped: Uint8Array }

/** Where a secret lives; it opens nowhere else. */
export type Place = { table: string; column: string; row: string }

/** Seals `text` for one place of one portal, under the data key of `purpose` (made on first use). Call inside `withPortal`. */
export async function sealSecret(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  place: Place,
  text: string | Uint8Array,
  purpose = 'portal',
): Promise<Uint8Array> {
  const plain = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return seal(await currentKey(tx, keyring, portalId, purpose), whereabouts(portalId, place), plain)
}

/** `sealSecret` for many cells of one portal, with one look at the key. */
export async function sealSecrets(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  cells: readonly { place: Place; text: string }[],
  purpose = 'portal',
): Promise<Uint8Array[]> {
  const key = await currentKey(tx, keyring, portalId, purpose)
  const encoder = new TextEncoder()
  return Promise.all(
    cells.map(({ place, text }) => seal(key, whereabouts(portalId, place), encoder.encode(text))),
  )
}

/** Opens what `sealSecret` made. Throws `key_destroyed` when its data key is gone, `seal_broken` when it was moved or changed. */
export async function openSecret(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  place: Place,
  cell: Uint8Array,
): Promise<string> {
  return new TextDecoder().decode(await openBytes(tx, keyring, portalId, place, cell))
}

/** `openSecret` for bytes. */
export async function openBytes(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  place: Place,
  cell: Uint8Array,
): Promise<Uint8Array> {
  const id = keyIdOf(cell)
  const [row] = await tx.sql<WrappedKey[]>`
    select id, wrapped from app.data_key where portal_id = ${portalId} and id = ${id}`
  if (!row) throw new AppError('key_destroyed', 'The key of this secret was destroyed.')
  return open(await unwrap(keyring, portalId, row), whereabouts(portalId, place), cell)
}

/** Destroys the data key of `purpose`: nothing it sealed can be opened again, in no backup either. */
export async function destroyKey(tx: Tx, portalId: PortalId, purpose: string): Promise<void> {
  await tx.orm.delete(dataKey).where(and(eq(dataKey.portalId, portalId), eq(dataKey.purpose, purpose)))
}

/** Wraps every data key of a portal with the first key of the keyring again; secrets stay as they are. Returns how many changed. */
export async function rewrapKeys(tx: Tx, keyring: Keyring, portalId: PortalId): Promise<number> {
  const rows = await tx.orm.select().from(dataKey).where(eq(dataKey.portalId, portalId)).for('update')
  const stale = rows.filter((row) => row.wrappingKeyId !== keyring.ids[0])
  for (const row of stale) {
    const raw = await keyring.open('wrap', wrapPlace(row.portalId, row.id), row.wrapped)
    const wrapped = await keyring.seal('wrap', wrapPlace(row.portalId, row.id), raw)
    await tx.orm
      .update(dataKey)
      .set({ wrapped, wrappingKeyId: keyIdOf(wrapped) })
      .where(and(eq(dataKey.portalId, portalId), eq(dataKey.id, row.id)))
  }
  return stale.length
}

async function currentKey(tx: Tx, keyring: Keyring, portalId: PortalId, purpose: string): Promise<SealKey> {
  const find = () => tx.sql<WrappedKey[]>`
    select id, wrapped from app.data_key where portal_id = ${portalId} and purpose = ${purpose}`
  const [known] = await find()
  if (known) return unwrap(keyring, portalId, known)
  const id = newId()
  const wrapped = await keyring.seal(
    'wrap',
    wrapPlace(portalId, id),
    crypto.getRandomValues(new Uint8Array(32)),
  )
  await tx.orm
    .insert(dataKey)
    .values({ portalId, id, purpose, wrapped, wrappingKeyId: keyIdOf(wrapped) })
    .onConflictDoNothing()
  const [made] = await find()
  if (!made) throw new AppError('internal', 'The data key was not kept.')
  return unwrap(keyring, portalId, made)
}

async function unwrap(keyring: Keyring, portalId: PortalId, row: WrappedKey): Promise<SealKey> {
  const raw = await keyring.open('wrap', wrapPlace(portalId, row.id), row.wrapped)
  const key = await crypto.subtle.importKey('raw', new Uint8Array(raw), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
  return { id: row.id, key }
}

const whereabouts = (portalId: PortalId, place: Place) => [portalId, place.table, place.column, place.row]
const wrapPlace = (portalId: string, id: string) => [portalId, 'data_key', 'wrapped', id]
