import { foreignKey, index, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { portal } from './portal.ts'
import { app, at, createdAt, ofPortal, portalId } from './tenant.ts'

/** Somebody who writes to us. The phone may be unknown. */
export const person = app.table(
  'person',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    name: text('name').notNull().default(''),
    phone: text('phone'),
    username: text('username'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    foreignKey({ name: 'person_portal', columns: [t.portalId], foreignColumns: [portal.portalId] }),
    ofPortal(),
  ],
)

/** A name the outside uses for a person; one value names one person. A BSUID is unique by itself. */
export const personAlias = app.table(
  'person_alias',
  {
    portalId: portalId(),
    kind: text('kind', { enum: ['phone', 'wa_id', 'bsuid', 'parent_bsuid'] }).notNull(),
    value: text('value').notNull(),
    personId: uuid('person_id').notNull(),
    seenAt: at('seen_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.kind, t.value] }),
    index('person_alias_person').on(t.portalId, t.personId),
    foreignKey({
      name: 'person_alias_person_fk',
      columns: [t.portalId, t.personId],
      foreignColumns: [person.portalId, person.id],
    }),
    ofPortal(),
  ],
)
