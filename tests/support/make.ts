/** Builders of Cloud API webhook bodies; each returns one change, `deliveryBody` puts changes into an envelope. */
import { makeWamid } from '#tests/simulators/graph-api/wamid.ts'

export type Json = Record<string, unknown>
export interface Change {
  wabaId: string
  field: string
  value: Json
}

export interface Target {
  phoneNumberId: string
  wabaId?: string | undefined
  /** Digits only, as webhooks carry it. */
  displayPhoneNumber?: string | undefined
}
export interface Inbound extends Target {
  /** Digits; left out for a user whose phone is hidden (then give `userId`). */
  from?: string | undefined
  name?: string | undefined
  userId?: string | undefined
  username?: string | undefined
  wamid?: string | undefined
  /** Unix seconds. */
  at?: number | undefined
  /** Id of the message this one answers. */
  contextId?: string | undefined
}

const nowSeconds = () => Math.floor(Date.now() / 1000)

const change = (target: Target, rest: Json): Change => ({
  wabaId: target.wabaId ?? '102290129340398',
  field: 'messages',
  value: {
    messaging_product: 'whatsapp',
    metadata: {
      display_phone_number: target.displayPhoneNumber ?? '15550783881',
      phone_number_id: target.phoneNumberId,
    },
    ...rest,
  },
})

const contact = (who: Omit<Inbound, 'phoneNumberId'>): Json => ({
  ...(who.name !== undefined || who.username !== undefined
    ? { profile: { ...(who.name !== undefined && { name: who.name }), ...username(who.username) } }
    : {}),
  ...(who.from !== undefined && { wa_id: who.from }),
  ...(who.userId !== undefined && { user_id: who.userId }),
})
const username = (value: string | undefined): Json => (value === undefined ? {} : { username: value })

const envelope = (input: Inbound, type: string): Json => ({
  ...(input.from !== undefined && { from: input.from }),
  ...(input.userId !== undefined && { from_user_id: input.userId }),
  id: input.wamid ?? makeWamid(input.from ?? input.userId?.replace(/\D/g, '') ?? '0', 'in'),
  timestamp: String(input.at ?? nowSeconds()),
  type,
})

/** One inbound message of any type; `content` is merged into the message (e.g. `{ image: {…} }`). */
export const inboundMessage = (input: Inbound, type: string, content: Json): Change =>
  change(input, {
    contacts: [contact(input)],
    messages: [
      {
        ...envelope(input, type),
        ...content,
        ...(input.contextId !== undefined && {
          context: { from: input.displayPhoneNumber ?? '15550783881', id: input.contextId },
        }),
      },
    ],
  })

/** An inbound text message. */
export const inboundText = (input: Inbound & { text: string }): Change =>
  inboundMessage(input, 'text', { text: { body: input.text } })

/** An inbound image with an optional caption. */
export const inboundImage = (input: Inbound & { caption?: string | undefined; mediaId?: string }): Change =>
  inboundMessage(input, 'image', {
    image: {
      ...(input.caption !== undefined && { caption: input.caption }),
      mime_type: 'image/jpeg',
      sha256: '3SGlC0nFnUPVN3GvKGjLu2pJhUvMBu1QnaJSTBMiZ6g=',
      id: input.mediaId ?? '1003383421387256',
    },
  })

/** A reaction; without `emoji` it takes the reaction back. */
export const inboundReaction = (input: Inbound & { messageId: string; emoji?: string }): Change =>
  inboundMessage(input, 'reaction', {
    reaction: { message_id: input.messageId, ...(input.emoji !== undefined && { emoji: input.emoji }) },
  })

/** The customer edited the text of an earlier message (coexistence numbers only). */
export const inboundEdit = (input: Inbound & { originalId: string; text: string }): Change =>
  inboundMessage(input, 'edit', {
    edit: { original_message_id: input.originalId, message: { type: 'text', text: { body: input.text } } },
  })

/** The customer deleted an earlier message for everyone (coexistence numbers only). */
export const inboundRevoke = (input: Inbound & { originalId: string }): Change =>
  inboundMessage(input, 'revoke', { revoke: { original_message_id: input.originalId } })

/** A message the API cannot carry (poll, view once, an edit on an ordinary number …). */
export const inboundUnsupported = (input: Inbound & { what?: string; code?: number }): Change =>
  inboundMessage(input, 'unsupported', {
    errors: [
      {
        code: input.code ?? 131051,
        title: 'Message type unknown',
        message: 'Message type unknown',
        error_data: { details: 'Message type is currently not supported.' },
      },
    ],
    unsupported: { type: input.what ?? 'poll_creation' },
  })

/** The customer changed the phone number and the new one may be seen: `from` is the old, `newPhone` the new. */
export const userChangedNumber = (
  input: Inbound & { newPhone: string; newUserId?: string | undefined },
): Change =>
  change(input, {
    messages: [
      {
        ...envelope(input, 'system'),
        system: {
          type: 'user_changed_number',
          body: `User ${input.name ?? ''} changed from ${input.from ?? ''} to ${input.newPhone}`,
          wa_id: input.newPhone,
          ...(input.newUserId !== undefined && { user_id: input.newUserId }),
          ...(input.userId !== undefined && { previous_user_id: input.userId }),
        },
      },
    ],
  })

/** The user id changed and no phone may be seen: no `from`, no contacts. */
export const userChangedUserId = (
  input: Target & { userId: string; newUserId: string; wamid?: string; at?: number },
): Change =>
  change(input, {
    messages: [
      {
        id: input.wamid ?? makeWamid(input.newUserId.replace(/\D/g, ''), 'in'),
        timestamp: String(input.at ?? nowSeconds()),
        type: 'system',
        system: {
          type: 'user_changed_user_id',
          user_id: input.newUserId,
          previous_user_id: input.userId,
        },
      },
    ],
  })

export interface StatusInput extends Target {
  wamid: string
  status: 'sent' | 'delivered' | 'read' | 'played' | 'failed'
  at?: number | undefined
  callbackData?: string | undefined
  /** Digits of the recipient; left out when the phone is hidden. */
  recipient?: string | undefined
  recipientUserId?: string | undefined
  errors?: { code: number; title?: string; details?: string }[] | undefined
}

const statusError = (error: { code: number; title?: string; details?: string }): Json => ({
  code: error.code,
  title: error.title ?? 'Failed',
  message: error.title ?? 'Failed',
  error_data: { details: error.details ?? error.title ?? 'Failed' },
  href: '/documentation/business-messaging/whatsapp/support/error-codes',
})

/** A status of a message the business sent. */
export const statusUpdate = (input: StatusInput): Change =>
  change(input, {
    ...(input.status !== 'failed' &&
      input.recipient !== undefined && {
        contacts: [contact({ from: input.recipient, name: 'Customer', userId: input.recipientUserId })],
      }),
    statuses: [
      {
        id: input.wamid,
        status: input.status,
        timestamp: String(input.at ?? nowSeconds()),
        ...(input.recipient !== undefined && { recipient_id: input.recipient }),
        ...(input.recipientUserId !== undefined && { recipient_user_id: input.recipientUserId }),
        ...(input.callbackData !== undefined && { biz_opaque_callback_data: input.callbackData }),
        ...(input.status === 'sent' && {
          pricing: {
            billable: false,
            pricing_model: 'PMP',
            type: 'free_customer_service',
            category: 'service',
          },
        }),
        ...(input.errors !== undefined && { errors: input.errors.map(statusError) }),
      },
    ],
  })

/** One complete webhook body; changes of one account share an entry, accounts keep the order of appearance. */
export const deliveryBody = (changes: Change[]): Json => ({
  object: 'whatsapp_business_account',
  entry: [...Map.groupBy(changes, (item) => item.wabaId)].map(([id, own]) => ({
    id,
    changes: own.map(({ value, field }) => ({ value, field })),
  })),
})
