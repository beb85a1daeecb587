import { randomBytes } from 'node:crypto'
import type { FaultBody, Json } from './types.ts'

/** Title, usual details and HTTP status by code (reference: Cloud API error codes). */
const CATALOGUE: Record<number, { title: string; details: string; http: number }> = {
  1: { title: 'An unknown error has occurred.', details: '', http: 400 },
  2: { title: 'Service temporarily unavailable', details: '', http: 503 },
  4: { title: 'Application request limit reached', details: '', http: 400 },
  80007: { title: 'Rate limit hit', details: 'The account has reached its rate limit.', http: 400 },
  130429: {
    title: 'Rate limit hit',
    details:
      'Message failed to send because there were too many messages sent from this phone number in a short period of time.',
    http: 400,
  },
  131000: {
    title: 'Something went wrong',
    details: 'Message failed to send due to an unknown error.',
    http: 500,
  },
  131005: {
    title: 'Access denied',
    details: 'Permission is either not granted or has been removed.',
    http: 403,
  },
  131008: {
    title: 'Required parameter is missing',
    details: 'The request is missing a required parameter.',
    http: 400,
  },
  131009: {
    title: 'Parameter value is not valid',
    details: 'One or more parameter values are invalid.',
    http: 400,
  },
  131016: { title: 'Service unavailable', details: 'A service is temporarily unavailable.', http: 500 },
  131021: {
    title: 'Recipient cannot be sender',
    details: 'Sender and recipient phone number is the same.',
    http: 400,
  },
  131026: { title: 'Message undeliverable', details: 'Message Undeliverable.', http: 400 },
  131030: {
    title: 'Recipient phone number not in allowed list',
    details:
      'Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.',
    http: 400,
  },
  131031: { title: 'Business Account locked', details: 'The account has been locked.', http: 403 },
  131042: {
    title: 'Business eligibility payment issue',
    details: 'Message failed to send because of one or more errors related to your payment method.',
    http: 400,
  },
  131045: {
    title: 'Incorrect certificate',
    details: 'Message failed to send due to a phone number registration error.',
    http: 500,
  },
  131047: {
    title: 'Re-engagement message',
    details:
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    http: 400,
  },
  131048: {
    title: 'Spam rate limit hit',
    details:
      'Message failed to send because there are restrictions on how many messages can be sent from this phone number.',
    http: 400,
  },
  131049: {
    title: 'This message was not delivered to maintain healthy ecosystem engagement.',
    details: 'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
    http: 400,
  },
  131051: { title: 'Unsupported message type', details: 'Unsupported message type.', http: 400 },
  131053: {
    title: 'Media upload error',
    details: 'Unable to upload the media used in the message.',
    http: 400,
  },
  131056: {
    title: '(Business Account, Consumer Account) pair rate limit hit',
    details:
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
    http: 400,
  },
  131057: {
    title: 'Account in maintenance mode',
    details: 'Business Account is in maintenance mode.',
    http: 500,
  },
  132001: {
    title: 'Template name does not exist in the translation',
    details: 'template name does not exist in the language',
    http: 404,
  },
  133005: {
    title: 'Two step verification PIN Mismatch',
    details: 'The two-step verification PIN is incorrect.',
    http: 400,
  },
  133010: {
    title: 'The account is not registered',
    details: 'The phone number is not registered on the WhatsApp Business Platform.',
    http: 400,
  },
  133016: {
    title: 'Rate limit exceeded',
    details:
      'Registration or deregistration failed because there were too many attempts for this phone number.',
    http: 400,
  },
}

/** Title and details of a code, with something sensible for unlisted ones. */
export const describeCode = (code: number) =>
  CATALOGUE[code] ?? { title: 'Unknown error', details: '', http: 400 }

/** A refusal of the Graph API, thrown inside the simulator and answered as its error body. */
export class GraphRefusal extends Error {
  readonly status: number
  readonly code: number
  readonly body: Json
  readonly retryAfter: number | undefined

  constructor(status: number, error: Json & { code: number; message: string }, retryAfter?: number) {
    super(error.message)
    this.status = status
    this.code = error.code
    this.retryAfter = retryAfter
    this.body = { error: { type: 'OAuthException', ...error, fbtrace_id: traceId() } }
  }
}

const traceId = () => `A${randomBytes(17).toString('base64url').slice(0, 22)}`

/** A messaging error: `(#code) title`, details in `error_data`. */
export const messagingError = (code: number, details?: string): GraphRefusal => {
  const known = describeCode(code)
  return new GraphRefusal(known.http, {
    message: `(#${code}) ${known.title}`,
    code,
    error_data: { messaging_product: 'whatsapp', details: details ?? known.details },
  })
}

/** Code 100: an invalid or unknown parameter. */
export const invalidParameter = (message: string, details?: string): GraphRefusal =>
  new GraphRefusal(400, {
    message: `(#100) ${message}`,
    code: 100,
    ...(details !== undefined && { error_data: { messaging_product: 'whatsapp', details } }),
  })

/** Code 100 subcode 33: no such object, or this token may not see it. */
export const unknownObject = (method: string, id: string): GraphRefusal =>
  new GraphRefusal(400, {
    message:
      `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to ` +
      'missing permissions, or does not support this operation. Please read the Graph API documentation at ' +
      'https://developers.facebook.com/docs/graph-api',
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
  })

/** Code 190: the access token does not work (subcode says why). */
export const badToken = (message: string, subcode?: number): GraphRefusal =>
  new GraphRefusal(401, { message, code: 190, ...(subcode !== undefined && { error_subcode: subcode }) })

/** The refusal ordered through the control API. */
export const orderedRefusal = (fault: FaultBody): GraphRefusal => {
  const known = describeCode(fault.code)
  const details = fault.details ?? known.details
  return new GraphRefusal(
    fault.status,
    {
      message: fault.message ?? `(#${fault.code}) ${known.title}`,
      code: fault.code,
      ...(fault.subcode !== undefined && { error_subcode: fault.subcode }),
      ...(details !== '' && { error_data: { messaging_product: 'whatsapp', details } }),
      ...(fault.isTransient !== undefined && { is_transient: fault.isTransient }),
    },
    fault.retryAfter,
  )
}

/** One entry of `statuses[].errors`. */
export const statusError = (code: number): Json => {
  const { title, details } = describeCode(code)
  return {
    code,
    title,
    message: title,
    error_data: { details: details === '' ? title : details },
    href: '/documentation/business-messaging/whatsapp/support/error-codes',
  }
}
