import {
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  uuid,
  unique,
} from 'drizzle-orm/pg-core'
import { app, at, bytes, createdAt, ofPortal, portalId } from './tenant.ts'

/** One Bitrix24 portal, a tenant. */
export const portal = app.table(
  'portal',
  {
    portalId: portalId().primaryKey(),
    memberId: text('member_id').notNull(),
    clientEndpoint: text('client_endpoint').notNull(),
    oauthOrigin: text('oauth_origin').notNull(),
    /** `app.info` of our application here, as it answered to the tokens of the OAuth exchange. */
    applicationId: text('application_id'),
    applicationCode: text('application_code'),
    applicationToken: bytes('application_token'),
    state: text('state', { enum: ['active', 'suspended', 'uninstalled', 'erasing'] })
      .notNull()
      .default('active'),
    serviceUserId: text('service_user_id').notNull(),
    /** What registration has reached: step id → state; read by the installer page. */
    registration: jsonb('registration').$type<Record<string, string>>().notNull().default({}),
    registeredVersion: text('registered_version'),
    leadsEnabled: boolean('leads_enabled').notNull().default(true),
    newSenderRecord: text('new_sender_record', { enum: ['lead', 'contact'] })
      .notNull()
      .default('lead'),
    /** Days messages are kept; null keeps them while the portal is active. */
    retentionDays: integer('retention_days'),
    termsVersion: text('terms_version'),
    uninstallProbedAt: at('uninstall_probed_at'),
    eventEchoedAt: at('event_echoed_at'),
    installedAt: at('installed_at').notNull().defaultNow(),
    stoppedAt: at('stopped_at'),
  },
  () => [ofPortal()],
)

/** A data key, wrapped by a key of ENCRYPTION_KEYS; destroying it erases what it sealed. */
export const dataKey = app.table(
  'data_key',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    purpose: text('purpose').notNull(),
    wrapped: bytes('wrapped').notNull(),
    wrappingKeyId: text('wrapping_key_id').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    unique('data_key_purpose').on(t.portalId, t.purpose),
    ofPortal(),
  ],
)

/** A portal user we have met: name and choices. */
export const portalUser = app.table(
  'portal_user',
  {
    portalId: portalId(),
    userId: text('user_id').notNull(),
    name: text('name').notNull().default(''),
    isAdmin: boolean('is_admin').notNull().default(false),
    language: text('language', { enum: ['en', 'ru', 'ro'] }),
    theme: text('theme', { enum: ['auto', 'light', 'dark'] })
      .notNull()
      .default('auto'),
    seenAt: at('seen_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.userId] }), ofPortal()],
)

/** The portal's tokens of one user, sealed; shared by that user's sessions. */
export const userToken = app.table(
  'user_token',
  {
    portalId: portalId(),
    userId: text('user_id').notNull(),
    accessToken: bytes('access_token').notNull(),
    refreshToken: bytes('refresh_token'),
    expiresAt: at('expires_at').notNull(),
    refusedAt: at('refused_at'),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.userId] }), ofPortal()],
)

/** One opened page; behind it lives every JWT that was given for it. */
export const session = app.table(
  'session',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    userId: text('user_id').notNull(),
    isAdmin: boolean('is_admin').notNull(),
    page: text('page').notNull(),
    entityType: text('entity_type'),
    entityId: text('entity_id'),
    conversationId: uuid('conversation_id'),
    portalLanguage: text('portal_language').notNull().default('en'),
    codeHash: bytes('code_hash'),
    codeExpiresAt: at('code_expires_at').notNull(),
    expiresAt: at('expires_at').notNull(),
    endedAt: at('ended_at'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    index('session_expiry').on(t.portalId, t.expiresAt),
    ofPortal(),
  ],
)

/** Who accepted which terms, and the retention chosen with them. */
export const termsAcceptance = app.table(
  'terms_acceptance',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    version: text('version').notNull(),
    userId: text('user_id').notNull(),
    retentionDays: integer('retention_days'),
    acceptedAt: at('accepted_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.id] }), ofPortal()],
)

/** The leaky bucket of one portal, shared by all replicas (Bitrix24: 50 deep, 2 a second). */
export const portalBudget = app.table(
  'portal_budget',
  {
    portalId: portalId().primaryKey(),
    level: doublePrecision('level').notNull().default(0),
    levelAt: at('level_at').notNull().defaultNow(),
    pausedUntil: at('paused_until'),
    stoppedReason: text('stopped_reason'),
  },
  () => [ofPortal()],
)

/** A method that used up its operating time on a portal. */
export const methodPause = app.table(
  'method_pause',
  { portalId: portalId(), method: text('method').notNull(), until: at('until').notNull() },
  (t) => [primaryKey({ columns: [t.portalId, t.method] }), ofPortal()],
)

/** The log of portal calls the Market asks for: names and timings, no values; seven days. */
export const portalCall = app.table(
  'portal_call',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    at: at('at').notNull().defaultNow(),
    method: text('method').notNull(),
    params: text('params').array().notNull(),
    code: text('code').notNull(),
    ms: integer('ms').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    index('portal_call_at').on(t.portalId, t.at),
    ofPortal(),
  ],
)

/** What somebody changed, with ids only. */
export const audit = app.table(
  'audit',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    at: at('at').notNull().defaultNow(),
    actorKind: text('actor_kind', { enum: ['user', 'portal', 'system'] }).notNull(),
    actorId: text('actor_id'),
    action: text('action').notNull(),
    subject: jsonb('subject').$type<Record<string, string>>().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.portalId, t.id] }), ofPortal()],
)
