import type { Tx } from '#db/tenancy.ts'
import type { PersonId, PortalId } from '../ids.ts'
import type { Sender } from '../whatsapp/delivery-events.ts'
import { resolvePeople } from './resolve-people.ts'

/** The person these aliases name, created with `name` when nobody is. `phone` is digits without plus. */
export async function findOrCreatePerson(
  tx: Tx,
  portalId: PortalId,
  aliases: Pick<Sender, 'phone' | 'waId' | 'bsuid' | 'parentBsuid'>,
  name: string,
): Promise<PersonId> {
  const { people } = await resolvePeople(tx, portalId, [{ sender: { ...aliases, name } }])
  const [person] = people
  if (!person) throw new RangeError('One sender gives one person.')
  return person.id
}
