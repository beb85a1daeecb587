import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { callGraph, type GraphAnswer } from './client.ts'

const SEND_TIMEOUT_MS = 15_000

/** Where a message goes: a phone in digits, or a business-scoped user id where no phone may be seen. */
export type Recipient = { phone: string } | { userId: string }
export type OutgoingText = {
  to: Recipient
  text: string
  /** WhatsApp's id of the quoted message. */
  replyTo: string | null
  /** Comes back in every status of this message (`biz_opaque_callback_data`). */
  callbackData: string
}

const Sent = z.object({ messages: z.array(z.object({ id: z.string().min(1) })).min(1) })
const Done = z.object({ success: z.boolean() })

/** The body of `POST /{number}/messages` for a text. */
export function textBody(message: OutgoingText): Record<string, unknown> {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...('phone' in message.to ? { to: `+${message.to.phone}` } : { recipient: message.to.userId }),
    type: 'text',
    text: { body: message.text, preview_url: /https?:\/\//i.test(message.text) },
    ...(message.replyTo === null ? {} : { context: { message_id: message.replyTo } }),
    biz_opaque_callback_data: message.callbackData,
  }
}

/** Sends a text once (there is no idempotency key); answers WhatsApp's id of it. */
export async function sendText(
  deps: Deps,
  number: { phoneNumberId: string; token: string },
  message: OutgoingText,
): Promise<GraphAnswer<string>> {
  const answer = await callGraph(
    deps,
    {
      method: 'POST',
      path: `${number.phoneNumberId}/messages`,
      token: number.token,
      body: textBody(message),
      timeoutMs: SEND_TIMEOUT_MS,
    },
    Sent,
  )
  if (!answer.ok) return answer
  const [first] = answer.data.messages
  return first ? { ok: true, data: first.id } : { ok: false, failure: { kind: 'unknown' } }
}

/** Tells the customer's phone that everything up to this message was read. */
export function sendRead(
  deps: Deps,
  number: { phoneNumberId: string; token: string },
  providerId: string,
): Promise<GraphAnswer<{ success: boolean }>> {
  const body = { messaging_product: 'whatsapp', status: 'read', message_id: providerId }
  const path = `${number.phoneNumberId}/messages`
  return callGraph(
    deps,
    { method: 'POST', path, token: number.token, body, timeoutMs: SEND_TIMEOUT_MS },
    Done,
  )
}
