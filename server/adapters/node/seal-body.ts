import { createCipheriv, randomFillSync, type CipherGCMTypes } from 'node:crypto'
import { bindTo, header } from '../../crypto/seal.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM: CipherGCMTypes = 'aes-256-gcm'

/** `seal` of crypto/seal.ts, the same cell byte for byte, without a trip through the thread pool: a tenth of its cost for a short body. */
export function createBodySealer(keyId: string, raw: Uint8Array) {
  const head = header(keyId)
  const ivs = createIvs()
  return (place: readonly string[], plain: Uint8Array): Buffer => {
    const cell = Buffer.allocUnsafe(head.length + IV_BYTES + plain.length + TAG_BYTES)
    cell.set(head)
    const iv = ivs()
    cell.set(iv, head.length)
    const cipher = createCipheriv(ALGORITHM, raw, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(bindTo(place, keyId))
    cell.set(cipher.update(plain), head.length + IV_BYTES)
    cipher.final()
    cell.set(cipher.getAuthTag(), head.length + IV_BYTES + plain.length)
    return cell
  }
}

// Random bytes are asked for in blocks: one call for 256 nonces.
function createIvs(): () => Uint8Array {
  const block = new Uint8Array(IV_BYTES * 256)
  let offset = block.length
  return () => {
    if (offset === block.length) {
      randomFillSync(block)
      offset = 0
    }
    offset += IV_BYTES
    return block.subarray(offset - IV_BYTES, offset)
  }
}
