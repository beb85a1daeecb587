import { createCipheriv, createSecretKey, randomFillSync, type CipherGCMTypes } from 'node:crypto'
import { bindTo, header } from '../../crypto/seal.ts'
import { bodyPlace } from '../../delivery/sealed-body.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM: CipherGCMTypes = 'aes-256-gcm'

/** `seal` of crypto/seal.ts for deliveries, the same cell byte for byte, without a trip through the thread pool: a tenth of its cost for a short body. */
export function createBodySealer(keyId: string, raw: Uint8Array) {
  const head = header(keyId)
  // Raw bytes would be made into a key object at each use, which costs more than the cipher.
  const key = createSecretKey(raw)
  const takeIv = createIvs()
  const placed = createPlaces(keyId)
  return (deliveryId: string, plain: Uint8Array): Buffer => {
    const cell = Buffer.allocUnsafe(head.length + IV_BYTES + plain.length + TAG_BYTES)
    cell.set(head)
    const iv = takeIv()
    cell.set(iv, head.length)
    const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(placed(deliveryId))
    cell.set(cipher.update(plain), head.length + IV_BYTES)
    cipher.final()
    cell.set(cipher.getAuthTag(), head.length + IV_BYTES + plain.length)
    return cell
  }
}

// Every place differs from the others in its row id only, which is always as long.
function createPlaces(keyId: string): (deliveryId: string) => Uint8Array {
  const sample = '00000000-0000-0000-0000-000000000000'
  const place = Buffer.from(bindTo(bodyPlace('delivery', sample), keyId))
  const at = place.indexOf(sample)
  return (deliveryId) => {
    place.write(deliveryId, at, 'latin1')
    return place
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
