import { callPortal } from '../bitrix/call-portal.ts'
import { serviceCaller } from '../bitrix/caller.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

/** Asks the portal to send us ONAPPTEST; its arrival is noted by the event handler (Bitrix24: `event.test`). */
export async function startRoundTrip(deps: Deps, portalId: PortalId): Promise<void> {
  await callPortal(deps, await serviceCaller(deps, portalId, 'interactive'), 'event.test', {
    any: 'diagnosis',
  })
}
