import { sql } from 'drizzle-orm'
import { customType, pgPolicy, pgSchema, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Every table of a tenant lives here, under forced row-level security. */
export const app = pgSchema('app')

/** The one policy of a tenant table: the row belongs to the portal of this transaction. */
export const ofPortal = () =>
  pgPolicy('of_portal', {
    for: 'all',
    using: sql`portal_id = nullif(current_setting('app.portal_id', true), '')::uuid`,
    withCheck: sql`portal_id = nullif(current_setting('app.portal_id', true), '')::uuid`,
  })

/** Sealed or raw bytes. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

export const portalId = () => uuid('portal_id').notNull()
export const at = (name: string) => timestamp(name, { withTimezone: true })
export const createdAt = () => at('created_at').notNull().defaultNow()
