import type { Tx } from '#db/tenancy.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { destroyKey, openSecret, sealSecret } from '../crypto/portal-secrets.ts'
import type { ChannelId, PortalId } from '../ids.ts'

const purposeOf = (channelId: ChannelId) => `channel:${channelId}`
const placeOf = (channelId: ChannelId) => ({ table: 'channel', column: 'access_token', row: channelId })

/** Seals a number's access token under a data key of its own, which dies with it. */
export function sealToken(tx: Tx, keyring: Keyring, portalId: PortalId, channelId: ChannelId, token: string) {
  return sealSecret(tx, keyring, portalId, placeOf(channelId), token, purposeOf(channelId))
}

/** Opens what `sealToken` made. Throws `key_destroyed` or `seal_broken`. */
export function openToken(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  channelId: ChannelId,
  cell: Uint8Array,
): Promise<string> {
  return openSecret(tx, keyring, portalId, placeOf(channelId), cell)
}

/** Destroys the data key of a number: its token opens no more, in no backup either. */
export function destroyToken(tx: Tx, portalId: PortalId, channelId: ChannelId): Promise<void> {
  return destroyKey(tx, portalId, purposeOf(channelId))
}
