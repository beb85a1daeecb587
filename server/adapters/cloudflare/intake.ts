import type { Db } from '#db/pool.ts'
import { checkKeys } from '../../crypto/check-keys.ts'
import type { Keyring } from '../../crypto/keyring.ts'
import { bodyPlace } from '../../delivery/sealed-body.ts'
import { AppError } from '../../errors.ts'
import { newId, type DeliveryId } from '../../ids.ts'
import type { Intake } from '../../ports/intake.ts'

const DEADLINE_MS = 7_000

type Options = { db: Db; keyring: Keyring; deadlineMs?: number }

/** Stores each webhook body by itself (decision 5): requests of this runtime share no connection. Before the first one it proves the keys. */
export function createIntake({ db, keyring, deadlineMs = DEADLINE_MS }: Options): Intake {
  const listeners: ((count: number) => void)[] = []
  const store = async (id: DeliveryId, body: Uint8Array): Promise<void> => {
    await proveKeys(db, keyring)
    const sealed = await keyring.seal('intake', bodyPlace('delivery', id), body)
    // Arrays are built in SQL: the driver would ask the database for their types, on each connection anew.
    await db.lease(
      (sql) => sql`select control.append_deliveries(array[${id}::uuid], array[${sealed}::bytea])`,
    )
  }
  return {
    onStored: (listener) => void listeners.push(listener),
    append: async (body) => {
      const id = newId<DeliveryId>()
      await within(deadlineMs, store(id, body))
      for (const listener of listeners) listener(1)
      return id
    },
  }
}

const proven = new WeakSet<Keyring>()

// An isolate has no start at which it could refuse keys that are missing or wrong.
async function proveKeys(db: Db, keyring: Keyring): Promise<void> {
  if (proven.has(keyring)) return
  await checkKeys(db, keyring)
  proven.add(keyring)
}

async function within(deadlineMs: number, stored: Promise<void>): Promise<void> {
  const away = (cause?: unknown) =>
    new AppError('unavailable', 'Not stored; send it again.', { retry: 'later', cause })
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(away()), deadlineMs)
  })
  const failed = stored.catch((cause: unknown) => Promise.reject(away(cause)))
  await Promise.race([failed, late]).finally(() => clearTimeout(timer))
}
