import { byteList } from '#db/byte-list.ts'
import type { Tx } from '#db/tenancy.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { sealSecrets } from '../crypto/portal-secrets.ts'
import type { PortalId } from '../ids.ts'
import type { InboundRow } from './inbound-rows.ts'
import type { PlacedInbound } from './inbound.ts'

/** Keeps, sealed, what we do not read of a message yet. */
export async function keepPayloads(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  fresh: readonly { row: InboundRow; from: PlacedInbound }[],
): Promise<void> {
  const kept = fresh.flatMap(({ row, from: { event } }) =>
    event.payload === undefined || row.removed
      ? []
      : [{ id: row.id, wireKind: event.wireKind, text: event.payload }],
  )
  if (kept.length === 0) return
  const cells = await sealSecrets(
    tx,
    keyring,
    portalId,
    kept.map(({ id, text }) => ({ place: { table: 'message_payload', column: 'body', row: id }, text })),
  )
  await tx.sql`
    insert into app.message_payload (portal_id, message_id, wire_kind, body)
    select ${portalId}, * from unnest(${kept.map(({ id }) => id)}::uuid[],
      ${kept.map(({ wireKind }) => wireKind)}::text[], ${byteList(cells)}::text::bytea[])`
}
