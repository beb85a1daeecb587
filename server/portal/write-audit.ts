import { audit } from '#db/schema/index.ts'
import type { Tx } from '#db/tenancy.ts'
import type { Actor } from '../deps.ts'
import { newId, type PortalId } from '../ids.ts'

/** Notes who did what to what. `subject` holds ids and codes only. Call inside `withPortal`. */
export async function writeAudit(
  tx: Tx,
  portalId: PortalId,
  actor: Pick<Actor, 'kind' | 'id'>,
  action: string,
  subject: Record<string, string> = {},
): Promise<void> {
  await tx.orm
    .insert(audit)
    .values({ portalId, id: newId(), actorKind: actor.kind, actorId: actor.id, action, subject })
}
