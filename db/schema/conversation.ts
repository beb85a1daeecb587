import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { channel } from './channel.ts'
import { person } from './person.ts'
import { app, at, bytes, createdAt, ofPortal, portalId } from './tenant.ts'

/** One person on one number. `rev` grows with every visible change and orders `changedAfter`. */
export const conversation = app.table(
  'conversation',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    channelId: uuid('channel_id').notNull(),
    personId: uuid('person_id').notNull(),
    rev: bigint('rev', { mode: 'number' }).notNull().default(0),
    unanswered: integer('unanswered').notNull().default(0),
    lastInboundAt: at('last_inbound_at'),
    lastMessageAt: at('last_message_at'),
    lastMessageId: uuid('last_message_id'),
    readUpToAt: at('read_up_to_at'),
    /** A `crm.sync` job is waiting; set and cleared under the row lock, so that a burst queues one. */
    crmDue: boolean('crm_due').notNull().default(false),
    /** Whether somebody looked for the CRM records of this conversation. */
    boundAt: at('bound_at'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    unique('conversation_pair').on(t.portalId, t.channelId, t.personId),
    index('conversation_person').on(t.portalId, t.personId),
    index('conversation_recent').on(t.portalId, t.lastMessageAt, t.id),
    foreignKey({
      name: 'conversation_channel',
      columns: [t.portalId, t.channelId],
      foreignColumns: [channel.portalId, channel.id],
    }),
    foreignKey({
      name: 'conversation_person_fk',
      columns: [t.portalId, t.personId],
      foreignColumns: [person.portalId, person.id],
    }),
    ofPortal(),
  ],
)

/** A message. Its place is (sentAt, orderId, position) and never changes. */
export const message = app.table(
  'message',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    channelId: uuid('channel_id').notNull(),
    rev: bigint('rev', { mode: 'number' }).notNull(),
    direction: text('direction', { enum: ['in', 'out'] }).notNull(),
    kind: text('kind').notNull(),
    text: text('text'),
    status: text('status').notNull(),
    errorCode: text('error_code'),
    errorText: text('error_text'),
    authorKind: text('author_kind', { enum: ['customer', 'user', 'robot', 'ai', 'phone'] }).notNull(),
    authorId: text('author_id'),
    authorName: text('author_name'),
    sentAt: at('sent_at').notNull(),
    /** The delivery that brought it, or the message itself when it is ours. */
    orderId: uuid('order_id').notNull(),
    position: smallint('position').notNull().default(0),
    providerId: text('provider_id'),
    replyToId: uuid('reply_to_id'),
    replyToProviderId: text('reply_to_provider_id'),
    clientId: uuid('client_id'),
    clientHash: bytes('client_hash'),
    editedAt: at('edited_at'),
    removed: boolean('removed').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    index('message_order').on(t.portalId, t.conversationId, t.sentAt, t.orderId, t.position),
    index('message_rev').on(t.portalId, t.conversationId, t.rev),
    uniqueIndex('message_provider')
      .on(t.portalId, t.channelId, t.providerId)
      .where(sql`provider_id is not null`),
    uniqueIndex('message_client')
      .on(t.portalId, t.clientId)
      .where(sql`client_id is not null`),
    // What came before the message it answers, edits or revokes.
    index('message_unresolved')
      .on(t.portalId, t.channelId, t.replyToProviderId)
      .where(sql`reply_to_id is null and reply_to_provider_id is not null`),
    index('message_unsent')
      .on(t.portalId, t.conversationId, t.sentAt, t.orderId)
      .where(sql`direction = 'out' and status in ('queued', 'sending')`),
    foreignKey({
      name: 'message_conversation',
      columns: [t.portalId, t.conversationId],
      foreignColumns: [conversation.portalId, conversation.id],
    }),
    ofPortal(),
  ],
)

/** The sealed payload of a kind we do not read yet, so that it can be read later without loss. */
export const messagePayload = app.table(
  'message_payload',
  {
    portalId: portalId(),
    messageId: uuid('message_id').notNull(),
    wireKind: text('wire_kind').notNull(),
    body: bytes('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.messageId] }),
    foreignKey({
      name: 'message_payload_message',
      columns: [t.portalId, t.messageId],
      foreignColumns: [message.portalId, message.id],
    }),
    ofPortal(),
  ],
)

/** A status that overtook its message; applied when the message is there. */
export const parkedStatus = app.table(
  'parked_status',
  {
    portalId: portalId(),
    channelId: uuid('channel_id').notNull(),
    providerId: text('provider_id').notNull(),
    status: text('status').notNull(),
    callbackId: uuid('callback_id'),
    errorCode: text('error_code'),
    errorText: text('error_text'),
    at: at('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.channelId, t.providerId, t.status] }),
    foreignKey({
      name: 'parked_status_channel',
      columns: [t.portalId, t.channelId],
      foreignColumns: [channel.portalId, channel.id],
    }),
    ofPortal(),
  ],
)

/** One call to WhatsApp for one message. Written before the call; its id is the callback data. */
export const attempt = app.table(
  'attempt',
  {
    portalId: portalId(),
    id: uuid('id').notNull(),
    messageId: uuid('message_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    number: integer('number').notNull(),
    state: text('state', { enum: ['sending', 'accepted', 'rejected', 'retry', 'unconfirmed'] }).notNull(),
    startedAt: at('started_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
    nextAt: at('next_at'),
    errorCode: text('error_code'),
    providerId: text('provider_id'),
  },
  (t) => [
    primaryKey({ columns: [t.portalId, t.id] }),
    unique('attempt_number').on(t.portalId, t.messageId, t.number),
    uniqueIndex('attempt_in_flight')
      .on(t.portalId, t.conversationId)
      .where(sql`state = 'sending'`),
    foreignKey({
      name: 'attempt_message',
      columns: [t.portalId, t.messageId],
      foreignColumns: [message.portalId, message.id],
    }),
    ofPortal(),
  ],
)
