import type { PortalId } from '../ids.ts'
import type { TokenVerdict } from './application-token.ts'
import type { PortalRow } from './portals.ts'

/** An event as the portal's queue posted it; everything in it may be forged. */
export type PortalEvent = {
  name: string
  memberId: string
  serverEndpoint: string
  accessToken: string
  refreshToken: string
  applicationToken: string | null
  clean: boolean
  recordId: string | null
}
export type EventVerdict =
  { ok: true } | { ok: false; reason: string; status: 403 | 503; portalId?: PortalId }
export type KnownPortal = { portalId: PortalId; row: PortalRow; shown: TokenVerdict }
