import type { Tx } from '#db/tenancy.ts'
import type { PersonId, PortalId } from '../ids.ts'
import type { Recipient } from '../whatsapp/outgoing.ts'

/** Where a person is written to: the number they last wrote from, else a phone, else the user id. */
export async function recipientOf(
  tx: Tx,
  portalId: PortalId,
  personId: PersonId,
): Promise<Recipient | undefined> {
  const [found] = await tx.sql<{ kind: string; value: string }[]>`
    select kind, value from (
      select kind, value, case kind when 'wa_id' then 1 when 'phone' then 3 else 4 end as place, seen_at
      from app.person_alias
      where portal_id = ${portalId} and person_id = ${personId} and kind in ('wa_id', 'phone', 'bsuid')
      union all
      select 'phone', phone, 2, null from app.person
      where portal_id = ${portalId} and id = ${personId} and phone is not null) addresses
    order by place, seen_at desc nulls last limit 1`
  if (!found) return undefined
  return found.kind === 'bsuid' ? { userId: found.value } : { phone: found.value.replaceAll(/\D/g, '') }
}
