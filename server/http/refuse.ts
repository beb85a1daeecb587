import { AppError, type ErrorCode } from '../errors.ts'

const WORDS = {
  not_found: 'There is nothing here.',
  window_closed: 'The 24-hour window is closed; WhatsApp accepts only templates now.',
  client_id_reused: 'This client id stands for another message.',
  channel_disconnected: 'The number is disconnected.',
  not_retryable: 'Sending this again would not help.',
  nothing_to_undo: 'There is nothing to take back.',
  unconfirmed: 'WhatsApp may still confirm this message.',
  terms_required: 'The terms have to be accepted first.',
  token_refused: 'WhatsApp does not accept this access token for our application.',
  wrong_account: 'This token, account and number do not belong together.',
  number_taken: 'This number is connected to another portal.',
  phone_unknown: 'This phone is not on the record.',
} as const satisfies Partial<Record<ErrorCode, string>>

/** Throws the error of a verdict's reason. */
export function refuse(reason: keyof typeof WORDS | 'reply_unknown'): never {
  if (reason !== 'reply_unknown') throw new AppError(reason, WORDS[reason])
  const issues = [{ path: 'replyToId', message: 'no message of this conversation' }]
  throw new AppError('invalid', 'Some values are not right.', { issues })
}
