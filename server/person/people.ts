import type { Tx } from '#db/tenancy.ts'
import type { PersonId, PortalId } from '../ids.ts'
import { aliasKey, type Alias, type AliasKind } from './aliases.ts'

export type KnownPerson = { id: PersonId; name: string; username: string | null; phone: string | null }
export type NewAlias = Alias & { personId: PersonId }

type Row = KnownPerson & { kind: AliasKind; value: string }

/** Who owns each of these aliases, by alias key. One object per person, however many aliases lead to it. */
export async function readAliases(
  tx: Tx,
  portalId: PortalId,
  aliases: readonly Alias[],
): Promise<Map<string, KnownPerson>> {
  if (aliases.length === 0) return new Map()
  const rows = await tx.sql<Row[]>`
    select a.kind, a.value, p.id, p.name, p.username, p.phone
    from json_to_recordset(${JSON.stringify(aliases)}::json) as wanted(kind text, value text)
    join app.person_alias a on a.portal_id = ${portalId} and a.kind = wanted.kind and a.value = wanted.value
    join app.person p on p.portal_id = a.portal_id and p.id = a.person_id`
  const people = new Map<PersonId, KnownPerson>()
  return new Map(
    rows.map(({ kind, value, ...person }) => {
      const known = people.get(person.id) ?? person
      people.set(person.id, known)
      return [aliasKey({ kind, value }), known]
    }),
  )
}

/** One creator of people per portal at a time, until the transaction ends. */
export async function lockPeople(tx: Tx, portalId: PortalId): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`person:${portalId}`}, 0))`
}

/** Writes new people and aliases. Call under `lockPeople`. */
export async function insertPeople(
  tx: Tx,
  portalId: PortalId,
  people: readonly KnownPerson[],
  aliases: readonly NewAlias[],
): Promise<void> {
  if (people.length > 0) {
    await tx.sql`
      insert into app.person (portal_id, id, name, username, phone)
      select ${portalId}, id, name, username, phone
      from json_to_recordset(${JSON.stringify(people)}::json) as fresh(id uuid, name text, username text, phone text)`
  }
  if (aliases.length > 0) {
    await tx.sql`
      insert into app.person_alias (portal_id, kind, value, person_id)
      select ${portalId}, kind, value, "personId"
      from json_to_recordset(${JSON.stringify(aliases)}::json) as fresh(kind text, value text, "personId" uuid)`
  }
}

/** Writes what newer messages said about people: label and the phone they write from now. */
export async function updatePeople(
  tx: Tx,
  portalId: PortalId,
  people: readonly KnownPerson[],
): Promise<void> {
  if (people.length === 0) return
  await tx.sql`
    update app.person p set name = fresh.name, username = fresh.username, phone = fresh.phone
    from json_to_recordset(${JSON.stringify(people)}::json) as fresh(id uuid, name text, username text, phone text)
    where p.portal_id = ${portalId} and p.id = fresh.id`
  // The address in use is the one seen last.
  await tx.sql`
    update app.person_alias a set seen_at = now()
    from json_to_recordset(${JSON.stringify(people)}::json) as fresh(id uuid, phone text)
    where a.portal_id = ${portalId} and a.kind in ('wa_id', 'phone') and a.value = ltrim(fresh.phone, '+')
      and a.person_id = fresh.id`
}
