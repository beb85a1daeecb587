import { withControl } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'

/** Forgets which portal and numbers these were; of each number a keyed HMAC stays, so that late content of theirs is known and dropped. */
export async function buryNumbers(deps: Deps, portalId: PortalId, numbers: string[]): Promise<void> {
  const macs = await Promise.all(numbers.map((number) => deps.keyring.mac('tombstone', `number:${number}`)))
  const [keyId = ''] = deps.keyring.ids
  await withControl(deps.db, async (tx) => {
    const hashes = tx.sql.array(macs.map(({ hash }) => hash) as never, 17)
    if (macs.length > 0) await tx.sql`select control.set_tombstones('number', ${keyId}, ${hashes}::bytea[])`
    await tx.sql`select control.forget_portal(${portalId})`
  })
}
