import type { Tx } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { ChannelId, PortalId } from '../ids.ts'

/** Notes that WhatsApp refused this sealed token: sends wait until the number has another one. A newer token stays. */
export async function holdChannel(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  channelId: ChannelId,
  sealedToken: Uint8Array,
): Promise<void> {
  const held = await tx.sql`
    update app.channel set status = 'token_refused'
    where portal_id = ${portalId} and id = ${channelId} and status = 'connected' and access_token = ${sealedToken}
    returning 1`
  if (held.length > 0) deps.log.warn('channel.token_refused', { portalId, channelId })
}
