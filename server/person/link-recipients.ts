import type { Tx } from '#db/tenancy.ts'
import type { PortalId } from '../ids.ts'
import type { Sender } from '../whatsapp/delivery-events.ts'
import { aliasesOf, aliasKey } from './aliases.ts'
import { insertPeople, lockPeople, readAliases, type NewAlias } from './people.ts'

/** Links user ids that statuses name beside a phone we know; creates nobody, moves nothing. */
export async function linkRecipients(
  tx: Tx,
  portalId: PortalId,
  recipients: readonly Sender[],
): Promise<void> {
  const both = recipients.filter((one) => one.waId && (one.bsuid ?? one.parentBsuid))
  if (both.length === 0) return
  const aliases = both.flatMap(aliasesOf)
  const seen = await readAliases(tx, portalId, aliases)
  if (missing(both, seen).length === 0) return
  await lockPeople(tx, portalId)
  const known = await readAliases(tx, portalId, aliases)
  const fresh = new Map(missing(both, known).map((alias) => [aliasKey(alias), alias]))
  await insertPeople(tx, portalId, [], [...fresh.values()])
}

function missing(recipients: readonly Sender[], known: Awaited<ReturnType<typeof readAliases>>): NewAlias[] {
  return recipients.flatMap((one) => {
    const aliases = aliasesOf(one)
    const owner = aliases.map((alias) => known.get(aliasKey(alias))).find((found) => found !== undefined)
    return owner
      ? aliases
          .filter((alias) => !known.has(aliasKey(alias)))
          .map((alias) => ({ ...alias, personId: owner.id }))
      : []
  })
}
