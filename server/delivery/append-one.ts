import type { Db } from '#db/client.ts'
import { withControl } from '#db/tenancy.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { AppError } from '../errors.ts'
import { newId, type DeliveryId } from '../ids.ts'
import type { Intake } from '../ports/intake.ts'
import { bodyPlace } from './sealed-body.ts'

const DEADLINE_MS = 7_000

/** An intake that stores each body by itself: for a runtime whose requests share no memory. */
export function createOneByOneIntake(options: { db: Db; keyring: Keyring; deadlineMs?: number }): Intake {
  const { db, keyring, deadlineMs = DEADLINE_MS } = options
  const listeners: ((count: number) => void)[] = []
  const store = async (id: DeliveryId, body: Uint8Array): Promise<void> => {
    const sealed = await keyring.seal('intake', bodyPlace('delivery', id), body)
    await withControl(db, (tx) => {
      const bodies = tx.sql.array([sealed] as never, 17)
      return tx.sql`select control.append_deliveries(${[id]}::uuid[], ${bodies}::bytea[])`
    })
  }
  return {
    onStored: (listener) => void listeners.push(listener),
    append: async (body) => {
      const id = newId<DeliveryId>()
      const away = (cause?: unknown) => new AppError('unavailable', 'Not stored; send it again.', { cause })
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(away()), deadlineMs)
      })
      const stored = store(id, body).catch((cause: unknown) => Promise.reject(away(cause)))
      await Promise.race([stored, late]).finally(() => clearTimeout(timer))
      for (const listener of listeners) listener(1)
      return id
    },
  }
}
