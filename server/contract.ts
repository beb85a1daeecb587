/** Shapes shared by the HTTP API and the widget; the widget imports types only. */
import { z } from 'zod'

export const EntityType = z.enum(['contact', 'lead', 'deal', 'company'])
export const RecordRef = z.object({ type: EntityType, id: z.string().regex(/^\d{1,18}$/) })
export const PageName = z.enum([
  'contact-tab',
  'lead-tab',
  'deal-tab',
  'company-tab',
  'app',
  'install',
  'thread',
])
export const Boot = z.object({ code: z.string(), page: PageName })

export const Session = z.object({
  token: z.string(),
  expiresAt: z.iso.datetime(),
  user: z.object({ id: z.string(), name: z.string(), isAdmin: z.boolean() }),
  entity: RecordRef.nullable(),
})

export const MessageKind = z.enum([
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'template',
  'system',
  'unsupported',
])
export const MessageStatus = z.enum([
  'received',
  'queued',
  'sending',
  'unconfirmed',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
])
export const AuthorKind = z.enum(['customer', 'user', 'robot', 'ai', 'phone'])

export const Message = z.object({
  id: z.string(),
  rev: z.number().int(),
  direction: z.enum(['in', 'out']),
  kind: MessageKind,
  text: z.string().nullable(),
  status: MessageStatus,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  author: z.object({ kind: AuthorKind, id: z.string().nullable(), name: z.string().nullable() }),
  sentAt: z.iso.datetime(),
  providerId: z.string().nullable(),
  replyToId: z.string().nullable(),
  media: z
    .object({ url: z.string(), mime: z.string(), bytes: z.number().nullable(), name: z.string().nullable() })
    .nullable(),
  /** Outbound only: what a person may do about it now; null where nothing can be done. */
  retry: z.enum(['allowed', 'may-duplicate']).nullable(),
  /** Outbound and queued behind an earlier message that may still be retried. */
  waiting: z.boolean(),
})
export const RemovedMessage = z.object({ id: z.string(), rev: z.number().int(), removed: z.literal(true) })

export const Channel = z.object({
  id: z.string(),
  kind: z.enum(['cloud', 'linked']),
  name: z.string(),
  phone: z.string(),
})
export const Conversation = z.object({
  id: z.string(),
  channel: Channel,
  person: z.object({
    id: z.string(),
    name: z.string(),
    phone: z.string().nullable(),
    username: z.string().nullable(),
  }),
  window: z.object({ open: z.boolean(), closesAt: z.iso.datetime().nullable() }),
  unanswered: z.number().int(),
  lastMessage: Message.nullable(),
})

export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })
export const Conversations = page(Conversation)
export const Messages = page(Message).extend({ rev: z.number().int() })
export const Changes = z.object({
  items: z.array(z.union([Message, RemovedMessage])),
  nextCursor: z.string().nullable(),
  rev: z.number().int(),
})

export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(500).optional(),
})
export const ConversationsQuery = ListQuery.extend({
  entityType: EntityType.optional(),
  entityId: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
})
export const MessagesQuery = ListQuery.extend({ changedAfter: z.coerce.number().int().min(0).optional() })

/** WhatsApp refuses a text body above 4,096 characters (Cloud API, text messages). */
export const TEXT_LIMIT = 4096
export const SendInput = z.object({
  clientId: z.uuid(),
  text: z.string().min(1).max(TEXT_LIMIT),
  replyToId: z.uuid().optional(),
})
export const Accepted = z.object({ id: z.string(), status: MessageStatus })
export const AttemptInput = z.object({ acceptDuplicate: z.boolean().optional() })
export const ReadInput = z.object({ messageId: z.uuid() })
export const StartInput = z.object({
  channelId: z.uuid(),
  entityType: EntityType,
  entityId: z.string().regex(/^\d{1,18}$/),
  phone: z.string().min(5).max(32).optional(),
})

/** What an empty tab may start with: the numbers connected here and the phones on the record. */
export const StartOptions = z.object({ channels: z.array(Channel), phones: z.array(z.string()) })

export const CrmRecord = z.object({ type: EntityType, id: z.string(), title: z.string(), url: z.string() })
export const Binding = z.object({
  records: z.array(CrmRecord),
  reason: z.enum(['phone', 'created', 'moved', 'matched-again', 'started']).nullable(),
  movedBy: z.string().nullable(),
  candidates: z.array(CrmRecord),
  canUndo: z.boolean(),
})
export const MoveInput = z.object({ entityType: EntityType, entityId: z.string().regex(/^\d{1,18}$/) })
export const RecordsQuery = z.object({ query: z.string().trim().min(1).max(100), entityType: EntityType })
export const Records = z.object({ items: z.array(CrmRecord) })

export const Language = z.enum(['en', 'ru', 'ro'])
export const Theme = z.enum(['auto', 'light', 'dark'])
export const Preferences = z.object({ language: Language.nullable(), theme: Theme })
export const Me = Preferences.extend({
  user: Session.shape.user,
  /** What the portal said when the page was opened, mapped to a language we have. */
  portalLanguage: Language,
})

export const ChannelInput = z.object({
  kind: z.literal('cloud'),
  wabaId: z.string().regex(/^\d{1,32}$/),
  phoneNumberId: z.string().regex(/^\d{1,32}$/),
  accessToken: z.string().min(1).max(1024),
})
export const ConnectedChannel = Channel.extend({
  status: z.enum(['connected', 'disconnected', 'token_refused']),
  phoneNumberId: z.string(),
  wabaId: z.string(),
  lastInboundAt: z.iso.datetime().nullable(),
  connectedAt: z.iso.datetime(),
})
export const Channels = page(ConnectedChannel)

export const SetupStep = z.object({
  id: z.enum(['install', 'terms', 'connect_number', 'first_message']),
  done: z.boolean(),
})
export const Setup = z.object({ steps: z.array(SetupStep), termsVersion: z.string() })
export const Retention = z.object({
  messages: z.union([z.literal('active'), z.number().int().min(1).max(3650)]),
})
export const TermsInput = z.object({ version: z.string().max(40), retention: Retention })

export const Settings = z.object({
  newSenderRecord: z.enum(['lead', 'contact']),
  leadsEnabled: z.boolean(),
  retention: Retention,
})
export const SettingsInput = z.object({
  newSenderRecord: z.enum(['lead', 'contact']).optional(),
  retention: Retention.optional(),
})

export const InstallStep = z.object({
  id: z.enum(['verified', 'placements', 'events', 'ready']),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
})
export const InstallProgress = z.object({
  ready: z.boolean(),
  steps: z.array(InstallStep),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

export const Check = z.object({
  id: z.enum(['last_webhook', 'last_portal_call', 'queue_age', 'event_round_trip', 'quarantine', 'tokens']),
  state: z.enum(['ok', 'warn', 'bad', 'unknown']),
  at: z.iso.datetime().nullable(),
  value: z.number().nullable(),
  /** Key of the advice shown to the administrator. */
  advice: z.string().nullable(),
})
export const Diagnosis = z.object({ checks: z.array(Check) })

export const ApiError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    requestId: z.string(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
})
export const Hint = z.object({ type: z.literal('conversation'), id: z.string() })

export type EntityType = z.infer<typeof EntityType>
export type RecordRef = z.infer<typeof RecordRef>
export type PageName = z.infer<typeof PageName>
export type Session = z.infer<typeof Session>
export type Message = z.infer<typeof Message>
export type RemovedMessage = z.infer<typeof RemovedMessage>
export type MessageKind = z.infer<typeof MessageKind>
export type MessageStatus = z.infer<typeof MessageStatus>
export type AuthorKind = z.infer<typeof AuthorKind>
export type Channel = z.infer<typeof Channel>
export type ConnectedChannel = z.infer<typeof ConnectedChannel>
export type Conversation = z.infer<typeof Conversation>
export type CrmRecord = z.infer<typeof CrmRecord>
export type Binding = z.infer<typeof Binding>
export type SendInput = z.infer<typeof SendInput>
export type StartInput = z.infer<typeof StartInput>
export type StartOptions = z.infer<typeof StartOptions>
export type Language = z.infer<typeof Language>
export type Theme = z.infer<typeof Theme>
export type Preferences = z.infer<typeof Preferences>
export type Me = z.infer<typeof Me>
export type Setup = z.infer<typeof Setup>
export type Settings = z.infer<typeof Settings>
export type Retention = z.infer<typeof Retention>
export type InstallProgress = z.infer<typeof InstallProgress>
export type Diagnosis = z.infer<typeof Diagnosis>
export type ApiError = z.infer<typeof ApiError>
export type Hint = z.infer<typeof Hint>
