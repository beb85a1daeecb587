import { createHmac } from 'node:crypto'

/** `X-Hub-Signature-256` of exactly these bytes: `sha256=<hex>`, key = app secret. */
export const signBody = (secret: string, bytes: string | Uint8Array): string =>
  `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`
