const KNOWN = new Set([
  'no_whatsapp',
  'window_closed',
  'too_long',
  'limit',
  'declined',
  'temporary',
  'restricted',
  'payment',
  'token',
  'account',
  'blocked',
  'invalid',
  'rate_limited',
  'not_found',
  'rights_unavailable',
  'forbidden',
  'client_id_reused',
  'not_retryable',
  'unconfirmed',
  'channel_disconnected',
  'offline',
  'timeout',
])

/** The key of the plain words for why something was not sent or not done. */
export const failReason = (code: string | null): string =>
  `fail.${code !== null && KNOWN.has(code) ? code : 'other'}`
