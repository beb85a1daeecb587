import type { CustomerState, InboundKind, Json, NumberState, WriteInput } from './types.ts'

const SHA = '3SGlC0nFnUPVN3GvKGjLu2pJhUvMBu1QnaJSTBMiZ6g='
const media = (id: string, mime: string, more: Json = {}): Json => ({
  ...more,
  mime_type: mime,
  sha256: SHA,
  id,
})

const unsupported = (type: string): Json => ({
  errors: [
    {
      code: 131051,
      title: 'Message type unknown',
      message: 'Message type unknown',
      error_data: { details: 'Message type is currently not supported.' },
    },
  ],
  unsupported: { type },
})

const captionOf = (input: WriteInput): Json => (input.text === undefined ? {} : { caption: input.text })

type Build = (input: WriteInput, mediaId: string) => Json

const BUILD: Record<InboundKind, Build> = {
  text: ({ text = '' }) => ({ text: { body: text } }),
  image: (input, id) => ({ image: media(id, 'image/jpeg', captionOf(input)) }),
  video: (input, id) => ({ video: media(id, 'video/mp4', captionOf(input)) }),
  audio: (_, id) => ({ audio: media(id, 'audio/ogg; codecs=opus', { voice: true }) }),
  document: (input, id) => ({
    document: media(id, 'application/pdf', { ...captionOf(input), filename: 'document.pdf' }),
  }),
  sticker: (_, id) => ({ sticker: media(id, 'image/webp', { animated: false }) }),
  location: ({ text }) => ({
    location: { latitude: 47.0245, longitude: 28.8323, ...(text !== undefined && { name: text }) },
  }),
  contacts: ({ text = 'Ana Rusu' }) => ({
    contacts: [
      {
        name: { formatted_name: text, first_name: text },
        phones: [{ phone: '+373 69 123456', type: 'CELL' }],
      },
    ],
  }),
  interactive: ({ text = 'Yes' }) => ({
    interactive: { type: 'button_reply', button_reply: { id: 'reply-1', title: text } },
  }),
  button: ({ text = 'Yes' }) => ({ button: { payload: text, text } }),
  reaction: ({ text, replyTo = '' }) => ({
    reaction: { message_id: replyTo, ...(text !== undefined && text !== '' && { emoji: text }) },
  }),
  order: ({ text = '' }) => ({
    order: {
      catalog_id: '194836987003835',
      text,
      product_items: [{ product_retailer_id: 'sku-1', quantity: 1, item_price: 10, currency: 'EUR' }],
    },
  }),
  unsupported: ({ text = 'poll_creation' }) => unsupported(text),
  edit: ({ text = '', replyTo = '' }) => ({
    edit: { original_message_id: replyTo, message: { type: 'text', text: { body: text } } },
  }),
  revoke: ({ replyTo = '' }) => ({ revoke: { original_message_id: replyTo } }),
}

const QUOTES_ITSELF = new Set<InboundKind>(['reaction', 'edit', 'revoke'])

/** The `contacts` item of a customer: a hidden phone is absent. */
export const contactOf = (customer: CustomerState): Json => ({
  ...((customer.name !== null || customer.username !== null) && {
    profile: {
      ...(customer.name !== null && { name: customer.name }),
      ...(customer.username !== null && { username: customer.username }),
    },
  }),
  ...(!customer.phoneHidden && { wa_id: customer.waId }),
  ...(customer.userId !== null && { user_id: customer.userId }),
})

/** Who a message is from, as webhooks show it. */
export const senderOf = (customer: CustomerState): Json => ({
  ...(!customer.phoneHidden && { from: customer.waId }),
  ...(customer.userId !== null && { from_user_id: customer.userId }),
})

/** What a customer's action becomes on this number: edits and revokes only reach coexistence numbers. */
export const wireKind = (number: NumberState, kind: InboundKind): InboundKind =>
  !number.onBizApp && (kind === 'edit' || kind === 'revoke') ? 'unsupported' : kind

/** One item of `messages[]`. `quotedFrom` is the author of the quoted message. */
export const inboundMessage = (
  who: { number: NumberState; customer: CustomerState },
  input: WriteInput,
  made: { id: string; seconds: number; mediaId: string; quotedFrom: string },
): Json => {
  const asked = input.kind ?? 'text'
  const kind = wireKind(who.number, asked)
  const built =
    kind === asked ? BUILD[kind](input, made.mediaId) : unsupported(asked === 'edit' ? 'edit' : 'unknown')
  return {
    ...senderOf(who.customer),
    id: made.id,
    timestamp: String(made.seconds),
    type: kind,
    ...(input.content === undefined ? built : { [kind]: input.content }),
    ...(input.replyTo !== undefined &&
      !QUOTES_ITSELF.has(asked) && { context: { from: made.quotedFrom, id: input.replyTo } }),
  }
}
