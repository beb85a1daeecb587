import type { Db } from '#db/pool.ts'
import { withControl } from '#db/tenancy.ts'
import type { Keyring } from './keyring.ts'
import { sameBytes } from './same-bytes.ts'

type KeyUse = { key_id: string; proof: Uint8Array; tombstones: string }

/** Refuses to go on when a key that still holds something is missing or is another one, and registers the first key. Throws an Error with one line for the operator. */
export async function checkKeys(db: Db, keyring: Keyring): Promise<void> {
  const proofs = new Map((await keyring.macs('wrap', 'key-use')).map(({ keyId, hash }) => [keyId, hash]))
  await withControl(db, async (tx) => {
    for (const { key_id, proof } of await tx.sql<KeyUse[]>`select * from control.keys_in_use()`) {
      const ours = proofs.get(key_id)
      if (!ours) throw new Error(`ENCRYPTION_KEYS: the key "${key_id}" is still in use and missing`)
      if (!sameBytes(ours, proof))
        throw new Error(`ENCRYPTION_KEYS: the key "${key_id}" is not the one that was used under this id`)
    }
    const first = await keyring.mac('wrap', 'key-use')
    await tx.sql`select control.use_key(${first.keyId}, ${first.hash})`
  })
}
