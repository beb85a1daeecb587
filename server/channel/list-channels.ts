import { withPortal } from '#db/tenancy.ts'
import type { ConnectedChannel } from '../contract.ts'
import { readCursor, UUID, writeCursor } from '../conversation/cursor.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { channelsPage, toChannel } from './channels.ts'

/** The numbers of a portal, disconnected ones too, newest first. */
export async function listChannels(
  deps: Deps,
  portalId: PortalId,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ items: ConnectedChannel[]; nextCursor: string | null }> {
  const before = page.cursor === undefined ? undefined : readCursor(page.cursor, [UUID])[0]
  const rows = await withPortal(deps.db, portalId, (tx) =>
    channelsPage(tx, portalId, { limit: page.limit + 1, before }),
  )
  const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
  return { items: rows.slice(0, page.limit).map(toChannel), nextCursor: last ? writeCursor([last.id]) : null }
}
