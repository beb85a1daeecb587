import { createHmac } from 'node:crypto'
import { deliveryBody, inboundText } from '#tests/support/make.ts'

export const SECRET = 'bench_app_secret'
export const NUMBER = '106540352242922'
const SENDERS = 500
const HOUR_AGO = Math.floor(Date.now() / 1000) - 3_600

/** One prepared POST: what it is about, and its bytes on the wire. */
export type Post = { id: string; bytes: Buffer }

/** `count` signed deliveries of one text each, from 500 senders whose number is repeated in the text. */
export function makePosts(run: string, port: number, count: number, start = 0): Post[] {
  return Array.from({ length: count }, (_, index) => {
    const n = start + index
    const from = String(16_501_000_000 + (n % SENDERS))
    const id = `wamid.HBgL${run}${String(n).padStart(10, '0')}FQIAEhgUM0EwRjA=`
    const text = `from=${from} n=${n} Hello, I would like to know the price of the blue one, please`
    const change = inboundText({
      ...{ phoneNumberId: NUMBER, from, name: `Contact ${from}`, wamid: id, text },
      at: HOUR_AGO + (n % 3_000),
    })
    return { id, bytes: toRequest(port, JSON.stringify(deliveryBody([change]))) }
  })
}

function toRequest(port: number, body: string): Buffer {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const head = [
    'POST /webhooks/meta HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'User-Agent: facebookexternalua',
    'Content-Type: application/json',
    `X-Hub-Signature-256: sha256=${signature}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
