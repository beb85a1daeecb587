import type { Tx } from '#db/tenancy.ts'
import type { PortalId } from '../ids.ts'
import type { InboundStatus } from './inbound.ts'

/** Keeps statuses that overtook their message, each once; whoever learns the message's WhatsApp id takes them. */
export async function parkStatuses(
  tx: Tx,
  portalId: PortalId,
  early: readonly InboundStatus[],
): Promise<void> {
  if (early.length === 0) return
  const rows = early.map(({ event, channelId, at }) => ({
    ...{ channelId, at, providerId: event.wamid, status: event.status },
    callbackId: event.callbackId ?? null,
    errorCode: event.errorCode ?? null,
    errorText: event.errorText ?? null,
  }))
  await tx.sql`
    insert into app.parked_status (portal_id, channel_id, provider_id, status, callback_id, error_code, error_text, at)
    select ${portalId}, "channelId", "providerId", status, "callbackId", "errorCode", "errorText", at
    from json_to_recordset(${JSON.stringify(rows)}::json) as fresh("channelId" uuid, "providerId" text, status text,
      "callbackId" uuid, "errorCode" text, "errorText" text, at timestamptz)
    on conflict (portal_id, channel_id, provider_id, status) do nothing`
}

/** Lets go of statuses nobody came for since `before`. */
export async function dropParked(tx: Tx, portalId: PortalId, before: Date): Promise<number> {
  const rows = await tx.sql`
    delete from app.parked_status where portal_id = ${portalId} and at < ${before} returning 1`
  return rows.length
}
