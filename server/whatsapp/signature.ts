/** Says whether a signature header is the HMAC-SHA256 of these bytes under one of our app secrets. */
export type SignatureCheck = (body: Uint8Array, header: string | undefined) => boolean | Promise<boolean>

const SHAPE = /^sha256=([0-9a-f]{64})$/

/** The 32 bytes a `X-Hub-Signature-256` header claims (Graph API, webhooks, "Validating payloads"); undefined when it has another shape. */
export function claimedSignature(header: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const hex = SHAPE.exec(header ?? '')?.[1]
  return hex === undefined ? undefined : Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

/** A check with WebCrypto, for any runtime; every secret is tried, whichever one matched. */
export function createSignatureCheck(secrets: readonly string[]): SignatureCheck {
  const keys = Promise.all(secrets.map(importKey))
  return async (body, header) => {
    const claimed = claimedSignature(header)
    // A header of another shape costs as much as a wrong one.
    const signature = claimed ?? new Uint8Array(32)
    const bytes = body as Uint8Array<ArrayBuffer>
    const matches = await Promise.all(
      (await keys).map((key) => crypto.subtle.verify('HMAC', key, signature, bytes)),
    )
    return claimed !== undefined && matches.includes(true)
  }
}

function importKey(secret: string): Promise<CryptoKey> {
  const raw = new TextEncoder().encode(secret)
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}
