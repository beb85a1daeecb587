import type { Tx } from '#db/tenancy.ts'
import type { ConnectedChannel } from '../contract.ts'
import type { ChannelId, PortalId } from '../ids.ts'

export type ChannelRow = {
  id: ChannelId
  kind: 'cloud' | 'linked'
  name: string
  phone: string
  status: 'connected' | 'token_refused' | 'disconnected'
  wabaId: string
  phoneNumberId: string
  sealedToken: Uint8Array | null
  connectStartedAt: Date
  connectedAt: Date
  lastInboundAt: Date | null
}

function columns({ sql }: Tx) {
  return sql`id, kind, name, phone, status, waba_id as "wabaId", phone_number_id as "phoneNumberId",
    access_token as "sealedToken", connect_started_at as "connectStartedAt", connected_at as "connectedAt",
    last_inbound_at as "lastInboundAt"`
}

/** One number, locked until the transaction ends. */
export async function lockChannel(
  tx: Tx,
  portalId: PortalId,
  id: ChannelId,
): Promise<ChannelRow | undefined> {
  const [row] = await tx.sql<ChannelRow[]>`
    select ${columns(tx)} from app.channel where portal_id = ${portalId} and id = ${id} for update`
  return row
}

/** The number of this portal that WhatsApp calls so, connected now or before. */
export async function findByNumber(
  tx: Tx,
  portalId: PortalId,
  phoneNumberId: string,
): Promise<ChannelRow | undefined> {
  const [row] = await tx.sql<ChannelRow[]>`
    select ${columns(tx)} from app.channel where portal_id = ${portalId} and phone_number_id = ${phoneNumberId}
    order by id limit 1`
  return row
}

/** The numbers of a portal, the newest first. */
export function channelsPage(
  tx: Tx,
  portalId: PortalId,
  page: { limit: number; before?: string | undefined },
): Promise<ChannelRow[]> {
  const older = page.before ? tx.sql`and id < ${page.before}::uuid` : tx.sql``
  return tx.sql<ChannelRow[]>`
    select ${columns(tx)} from app.channel where portal_id = ${portalId} ${older}
    order by id desc limit ${page.limit}`
}

/** A number as the API shows it; its token never is. */
export function toChannel(row: ChannelRow): ConnectedChannel {
  const { id, kind, name, phone, status, wabaId, phoneNumberId } = row
  return {
    ...{ id, kind, name, phone, status, wabaId, phoneNumberId },
    lastInboundAt: row.lastInboundAt?.toISOString() ?? null,
    connectedAt: row.connectedAt.toISOString(),
  }
}
