import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  foreignKey,
  index,
  jsonb,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { conversation } from './conversation.ts'
import { app, at, createdAt, ofPortal, portalId } from './tenant.ts'

/** A CRM record a conversation is bound to; the owner carries the history. */
export const binding = app.table(
  'binding',
  {
    portalId: portalId(),
    conversationId: uuid('conversation_id').notNull(),
    entityType: text('entity_type', { enum: ['contact', 'lead', 'deal', 'company'] }).notNull(),
    entityId: text('entity_id').notNull(),
    isOwner: boolean('is_owner').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.conversationId, t.entityType, t.entityId] }),
    index('binding_record').on(t.portalId, t.entityType, t.entityId),
    uniqueIndex('binding_owner')
      .on(t.portalId, t.conversationId)
      .where(sql`is_owner`),
    foreignKey({
      name: 'binding_conversation',
      columns: [t.portalId, t.conversationId],
      foreignColumns: [conversation.portalId, conversation.id],
    }),
    ofPortal(),
  ],
)

type Ref = { type: 'contact' | 'lead' | 'deal' | 'company'; id: string }

/** Why a conversation is bound as it is; the newest one that is not undone counts. */
export const bindingChange = app.table(
  'binding_change',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    reason: text('reason', {
      enum: ['phone', 'created', 'moved', 'matched-again', 'started', 'dissolved'],
    }).notNull(),
    actorId: text('actor_id'),
    before: jsonb('before').$type<Ref[]>().notNull(),
    after: jsonb('after').$type<Ref[]>().notNull(),
    candidates: jsonb('candidates').$type<Ref[]>().notNull().default([]),
    at: at('at').notNull().defaultNow(),
    undoneAt: at('undone_at'),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    index('binding_change_conversation').on(t.portalId, t.conversationId, t.at),
    foreignKey({
      name: 'binding_change_conversation_fk',
      columns: [t.portalId, t.conversationId],
      foreignColumns: [conversation.portalId, conversation.id],
    }),
    ofPortal(),
  ],
)

/** One entry of the CRM history: the span of a conversation between two silences of 24 hours. */
export const crmActivity = app.table(
  'crm_activity',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    spanFrom: at('span_from').notNull(),
    spanTo: at('span_to').notNull(),
    /** The portal's id, once it answered; before that `originId` = our id finds it again. */
    activityId: text('activity_id'),
    ownerType: text('owner_type'),
    ownerId: text('owner_id'),
    shownRev: bigint('shown_rev', { mode: 'number' }).notNull().default(0),
    addStartedAt: at('add_started_at'),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    index('crm_activity_span').on(t.portalId, t.conversationId, t.spanFrom),
    foreignKey({
      name: 'crm_activity_conversation',
      columns: [t.portalId, t.conversationId],
      foreignColumns: [conversation.portalId, conversation.id],
    }),
    ofPortal(),
  ],
)
