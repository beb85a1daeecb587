import { and, eq } from 'drizzle-orm'
import { binding } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { EntityType } from '../contract.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

/** A CRM record is said to be deleted: if conversations are bound to it, they are matched again. */
export async function enqueueRematch(
  deps: Deps,
  portalId: PortalId,
  deletedType: string,
  entityId: string,
): Promise<void> {
  const entityType = EntityType.parse(deletedType.toLowerCase())
  await withPortal(deps.db, portalId, async (tx) => {
    const bound = await tx.orm
      .select({ id: binding.conversationId })
      .from(binding)
      .where(
        and(
          eq(binding.portalId, portalId),
          eq(binding.entityType, entityType),
          eq(binding.entityId, entityId),
        ),
      )
      .limit(1)
    if (bound.length === 0) return
    const data = { portalId, entityType, entityId }
    await deps.jobs.enqueue(tx, { queue: 'crm.rematch', data, key: portalId })
  })
}
