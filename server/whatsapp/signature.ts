/** Says whether a signature header is the HMAC-SHA256 of these bytes under one of our app secrets. */
export type SignatureCheck = (body: Uint8Array, header: string | undefined) => boolean | Promise<boolean>

/** What a `X-Hub-Signature-256` header looks like (Graph API, webhooks, "Validating payloads"). */
export const SIGNATURE_SHAPE = /^sha256=[0-9a-f]{64}$/
const HEX_FROM = 'sha256='.length

/** A check with WebCrypto, for any runtime; every secret is tried, whichever one matched. */
export function createSignatureCheck(secrets: readonly string[]): SignatureCheck {
  const keys = Promise.all(secrets.map(importKey))
  return async (body, header) => {
    const isShaped = SIGNATURE_SHAPE.test(header ?? '')
    // A header of another shape costs as much as a wrong one.
    const signature = isShaped ? fromHex(header?.slice(HEX_FROM) ?? '') : new Uint8Array(32)
    const bytes = body as Uint8Array<ArrayBuffer>
    const matches = await Promise.all(
      (await keys).map((key) => crypto.subtle.verify('HMAC', key, signature, bytes)),
    )
    return isShaped && matches.includes(true)
  }
}

function importKey(secret: string): Promise<CryptoKey> {
  const raw = new TextEncoder().encode(secret)
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}
