import type { Tx } from '#db/tenancy.ts'
import { newId, type PersonId, type PortalId } from '../ids.ts'
import type { Sender } from '../whatsapp/delivery-events.ts'
import { aliasesOf, aliasKey, type Alias } from './aliases.ts'
import { insertPeople, lockPeople, readAliases, type KnownPerson, type NewAlias } from './people.ts'

/** Somebody met in a payload. `becomes`: who they are from now on. */
export type Met = { sender: Sender; becomes?: Sender | undefined }

export type Resolved = {
  /** One per given sender, in their order. */
  people: KnownPerson[]
  /** People whose phone and user id point at two persons: routed by phone, never merged. */
  conflicts: PersonId[]
}

/** Finds or creates the person behind each sender (phone routing before user ids; unknown names are linked). `recipients` only link a user id to a phone we know. Safe under races: creation holds a lock of the portal. */
export async function resolvePeople(
  tx: Tx,
  portalId: PortalId,
  met: readonly Met[],
  recipients: readonly Sender[] = [],
): Promise<Resolved> {
  const named = dedupe(met.flatMap(({ sender, becomes }) => [sender, becomes ?? {}].flatMap(aliasesOf)))
  const links = recipients.filter((one) => one.waId && (one.bsuid ?? one.parentBsuid)).map(aliasesOf)
  const wanted = dedupe([...named, ...links.flat()])
  let known = await readAliases(tx, portalId, wanted)
  const isKnown = (alias: Alias) => known.has(aliasKey(alias))
  if (!named.every(isKnown) || links.some((link) => link.some(isKnown) && !link.every(isKnown))) {
    await lockPeople(tx, portalId)
    known = await readAliases(tx, portalId, wanted)
  }
  const book = new AliasBook(known)
  const people: KnownPerson[] = []
  const resolve = ({ sender, becomes }: Met, index: number) => {
    const person = book.personOf(sender)
    if (becomes) book.link(person, aliasesOf(becomes))
    people[index] = person
  }
  // Phones first: they say whose a user id is.
  met.forEach((one, index) => one.sender.phone && resolve(one, index))
  links.forEach((link) => book.linkKnown(link))
  met.forEach((one, index) => !one.sender.phone && resolve(one, index))
  await insertPeople(tx, portalId, book.newPeople, book.newAliases)
  return { people, conflicts: [...book.conflicts] }
}

function dedupe(aliases: readonly Alias[]): Alias[] {
  return [...new Map(aliases.map((alias) => [aliasKey(alias), alias])).values()]
}

/** Who owns which name while one batch is worked through. */
class AliasBook {
  readonly newPeople: KnownPerson[] = []
  readonly newAliases: NewAlias[] = []
  readonly conflicts = new Set<PersonId>()
  readonly #owners: Map<string, KnownPerson>

  constructor(owners: Map<string, KnownPerson>) {
    this.#owners = owners
  }

  personOf(sender: Sender): KnownPerson {
    const aliases = aliasesOf(sender)
    const person = this.#ownerOf(aliases) ?? this.#create(sender)
    this.link(person, aliases)
    return person
  }

  linkKnown(aliases: readonly Alias[]): void {
    const owner = this.#ownerOf(aliases)
    if (owner) this.link(owner, aliases)
  }

  link(person: KnownPerson, aliases: readonly Alias[]): void {
    for (const alias of aliases) {
      const owner = this.#owners.get(aliasKey(alias))
      if (owner && owner.id !== person.id) this.conflicts.add(person.id)
      if (owner) continue
      this.#owners.set(aliasKey(alias), person)
      this.newAliases.push({ ...alias, personId: person.id })
    }
  }

  #ownerOf(aliases: readonly Alias[]): KnownPerson | undefined {
    return aliases.map((alias) => this.#owners.get(aliasKey(alias))).find((found) => found !== undefined)
  }

  #create(sender: Sender): KnownPerson {
    const { name = '', username = null, phone } = sender
    const person = { id: newId<PersonId>(), name, username, phone: phone ? `+${phone}` : null }
    this.newPeople.push(person)
    return person
  }
}
