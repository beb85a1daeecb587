import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { SIGNATURE_SHAPE, type SignatureCheck } from '../../whatsapp/signature.ts'

const NOTHING = Buffer.alloc('sha256='.length + 64)

/** The check of whatsapp/signature.ts without a trip through the thread pool. Every secret is tried, whichever one matched. */
export function createNodeSignatureCheck(secrets: readonly string[]): SignatureCheck {
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'))
  return (body, header = '') => {
    const isShaped = SIGNATURE_SHAPE.test(header)
    const claimed = isShaped ? Buffer.from(header, 'latin1') : NOTHING
    let good = false
    for (const key of keys) {
      const wanted = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
      const same = timingSafeEqual(Buffer.from(wanted, 'latin1'), claimed)
      good = good || same
    }
    return good && isShaped
  }
}
