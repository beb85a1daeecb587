import type { FailCode } from './errors.ts'

/** One plain sentence per reason, for callers that show no words of their own. */
export const FAIL_WORDS: Record<FailCode, string> = {
  no_whatsapp: 'This number is not on WhatsApp.',
  window_closed: 'The 24-hour window is closed; WhatsApp accepts only approved templates.',
  too_long: 'The text is too long for WhatsApp.',
  limit: 'A limit of the number is reached.',
  declined: 'WhatsApp did not deliver this to the person.',
  temporary: 'WhatsApp was not available.',
  restricted: 'WhatsApp restricts the number.',
  payment: 'The WhatsApp account has a payment problem.',
  token: 'WhatsApp no longer accepts the access token of the number.',
  account: 'The WhatsApp account or number is not set up for this.',
  blocked: 'This person is blocked on the number.',
  invalid: 'WhatsApp did not accept the message.',
  channel_disconnected: 'The number is disconnected.',
  other: 'WhatsApp refused the message.',
}
