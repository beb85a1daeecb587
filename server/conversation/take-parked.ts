import type { Tx } from '#db/tenancy.ts'
import type { MessageStatus } from '../contract.ts'
import type { ChannelId, PortalId } from '../ids.ts'

/** Takes the statuses that overtook a message, oldest first. */
export async function takeParked(
  tx: Tx,
  portalId: PortalId,
  channelId: ChannelId,
  providerId: string,
): Promise<{ status: MessageStatus; errorCode: string | null }[]> {
  const rows = await tx.sql<{ status: MessageStatus; errorCode: string | null; at: Date }[]>`
    delete from app.parked_status
    where portal_id = ${portalId} and channel_id = ${channelId} and provider_id = ${providerId}
    returning status, error_code as "errorCode", at`
  return [...rows].sort((a, b) => a.at.getTime() - b.at.getTime())
}
