import { foreignKey, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { portal } from './portal.ts'
import { app, at, bytes, ofPortal, portalId } from './tenant.ts'

/** A WhatsApp number connected to a portal. Disconnected ones stay, so that the history reads on. */
export const channel = app.table(
  'channel',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: ['cloud', 'linked'] }).notNull(),
    name: text('name').notNull(),
    phone: text('phone').notNull(),
    wabaId: text('waba_id').notNull(),
    phoneNumberId: text('phone_number_id').notNull(),
    accessToken: bytes('access_token'),
    dataKeyId: uuid('data_key_id'),
    status: text('status', { enum: ['connected', 'token_refused', 'disconnected'] }).notNull(),
    /** Messages stamped before this belong to somebody else (decision 19). */
    connectStartedAt: at('connect_started_at').notNull(),
    connectedAt: at('connected_at').notNull(),
    disconnectedAt: at('disconnected_at'),
    lastInboundAt: at('last_inbound_at'),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    foreignKey({ name: 'channel_portal', columns: [t.portalId], foreignColumns: [portal.portalId] }),
    ofPortal(),
  ],
)
