import type { Tx } from '#db/tenancy.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { sameBytes } from '../crypto/same-bytes.ts'
import { destroyKey, openSecret, sealSecret } from '../crypto/portal-secrets.ts'
import type { ChannelId, PortalId } from '../ids.ts'

type Opened = { cell: Uint8Array; token: string }

// A burst of sends opens a token once. The row still says which one is good: a cell that was replaced or removed asks for nothing here.
const KEPT_MS = 60_000
const openedBy = new WeakMap<Keyring, Map<ChannelId, Opened>>()

const purposeOf = (channelId: ChannelId) => `channel:${channelId}`
const placeOf = (channelId: ChannelId) => ({ table: 'channel', column: 'access_token', row: channelId })

/** Seals a number's access token under a data key of its own, which dies with it. */
export function sealToken(tx: Tx, keyring: Keyring, portalId: PortalId, channelId: ChannelId, token: string) {
  return sealSecret(tx, keyring, portalId, placeOf(channelId), token, purposeOf(channelId))
}

/** Opens what `sealToken` made. Throws `key_destroyed` or `seal_broken`. */
export async function openToken(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  channelId: ChannelId,
  cell: Uint8Array,
): Promise<string> {
  const opened = openedBy.get(keyring) ?? new Map<ChannelId, Opened>()
  openedBy.set(keyring, opened)
  const known = opened.get(channelId)
  if (known && sameBytes(known.cell, cell)) return known.token
  const token = await openSecret(tx, keyring, portalId, placeOf(channelId), cell)
  opened.set(channelId, { cell, token })
  setTimeout(() => opened.delete(channelId), KEPT_MS).unref()
  return token
}

/** Destroys the data key of a number: its token opens no more, in no backup either. */
export function destroyToken(tx: Tx, portalId: PortalId, channelId: ChannelId): Promise<void> {
  return destroyKey(tx, portalId, purposeOf(channelId))
}
