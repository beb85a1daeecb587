import {
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { at, bytes } from './tenant.ts'

/** What has no tenant yet. No grants on tables: only the functions of this schema are callable. */
export const control = pgSchema('control')

/** A webhook body as it came, sealed with the intake key; kept seven days, append only. */
export const delivery = control.table(
  'delivery',
  {
    id: uuid('id').primaryKey(),
    receivedAt: at('received_at').notNull().defaultNow(),
    body: bytes('body').notNull(),
  },
  (t) => [index('delivery_received').on(t.receivedAt)],
)

/** The queue: one small row per delivery that still has to be ingested. */
export const intake = control.table('intake', {
  deliveryId: uuid('delivery_id').primaryKey(),
  claimedUntil: at('claimed_until'),
  attempts: integer('attempts').notNull().default(0),
})

/** A change that could not be routed or understood, sealed; seven days. */
export const quarantine = control.table(
  'quarantine',
  {
    id: uuid('id').primaryKey(),
    deliveryId: uuid('delivery_id').notNull(),
    position: integer('position').notNull(),
    receivedAt: at('received_at').notNull(),
    reason: text('reason').notNull(),
    phoneNumberId: text('phone_number_id'),
    body: bytes('body').notNull(),
  },
  (t) => [
    uniqueIndex('quarantine_once').on(t.deliveryId, t.position),
    index('quarantine_number').on(t.phoneNumberId),
    index('quarantine_received').on(t.receivedAt),
  ],
)

/** Which portal a member id is. */
export const memberPortal = control.table('member_portal', {
  memberId: text('member_id').primaryKey(),
  portalId: uuid('portal_id').notNull().unique(),
})

/** Which portal a number belongs to; one number, one portal. */
export const numberPortal = control.table(
  'number_portal',
  {
    phoneNumberId: text('phone_number_id').primaryKey(),
    portalId: uuid('portal_id').notNull(),
    channelId: uuid('channel_id').notNull(),
    /** Only messages WhatsApp stamped after this are this portal's. */
    since: at('since').notNull(),
    stoppedAt: at('stopped_at'),
  },
  (t) => [index('number_portal_portal').on(t.portalId)],
)

/** HMAC of a refresh token that was exchanged already, with its outcome; 24 hours. */
export const exchangedToken = control.table(
  'exchanged_token',
  {
    hash: bytes('hash').primaryKey(),
    portalId: uuid('portal_id').notNull(),
    userId: text('user_id').notNull(),
    isAdmin: boolean('is_admin').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [index('exchanged_token_at').on(t.at)],
)

/** Keyed HMAC of what must not come back: a disconnected number, an erased person. */
export const tombstone = control.table(
  'tombstone',
  {
    kind: text('kind').notNull(),
    keyId: text('key_id').notNull(),
    hash: bytes('hash').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.hash] })],
)

/** Erasures that were carried out: counts only, no name of the tenant. */
export const erasureReceipt = control.table('erasure_receipt', {
  id: uuid('id').primaryKey(),
  scope: text('scope').notNull(),
  subject: bytes('subject').notNull(),
  startedAt: at('started_at').notNull(),
  endedAt: at('ended_at'),
  counts: jsonb('counts').notNull(),
})

/** Which keys of ENCRYPTION_KEYS hold something; starting without one of them is refused. */
export const keyUse = control.table('key_use', {
  keyId: text('key_id').primaryKey(),
  /** HMAC of a constant under that key: tells another key with the same id. */
  proof: bytes('proof').notNull(),
})
