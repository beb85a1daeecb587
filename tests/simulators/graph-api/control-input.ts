import { z } from 'zod'

const kind = z.enum([
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'unsupported',
  'edit',
  'revoke',
])
const route = z.enum([
  'messages',
  'read',
  'subscribed_apps',
  'debug_token',
  'phone_numbers',
  'account',
  'number',
  'register',
  'any',
])
const fault = z.union([
  z.enum(['timeout', 'reset-after', 'reset-before', '500']),
  z.object({
    status: z.number().int(),
    code: z.number().int(),
    subcode: z.number().int().exactOptional(),
    message: z.string().exactOptional(),
    details: z.string().exactOptional(),
    isTransient: z.boolean().exactOptional(),
    retryAfter: z.number().exactOptional(),
  }),
])

/** Bodies of the `/_control/*` endpoints; `customer` is a phone or a user id. */
export const ControlInput = {
  write: z.object({
    customer: z.string().min(1),
    to: z.string().min(1),
    text: z.string().exactOptional(),
    id: z.string().exactOptional(),
    at: z.number().int().exactOptional(),
    replyTo: z.string().exactOptional(),
    kind: kind.exactOptional(),
    content: z.unknown().optional(),
  }),
  read: z.object({ customer: z.string().min(1), to: z.string().min(1) }),
  customer: z.object({
    phone: z.string().exactOptional(),
    waId: z.string().exactOptional(),
    name: z.string().exactOptional(),
    username: z.string().exactOptional(),
    userId: z.string().exactOptional(),
    phoneHidden: z.boolean().exactOptional(),
  }),
  failNext: z.object({ route, times: z.number().int().positive().exactOptional(), as: fault }),
  statuses: z.object({
    mode: z.enum([
      'normal',
      'none',
      'failed',
      'duplicate',
      'reversed',
      'before-answer',
      'read-without-delivered',
    ]),
    code: z.number().int().exactOptional(),
    delayMs: z.number().nonnegative().exactOptional(),
  }),
  deliveries: z.object({
    duplicate: z.boolean().exactOptional(),
    shuffle: z.boolean().exactOptional(),
    paused: z.boolean().exactOptional(),
    batch: z.boolean().exactOptional(),
  }),
  closeWindow: z.object({ number: z.string().min(1), customer: z.string().min(1) }),
  milliseconds: z.object({ ms: z.number().nonnegative() }),
  token: z.object({ token: z.string().min(1) }),
}
