import { byteList } from '#db/byte-list.ts'
import type { Db } from '#db/pool.ts'
import { dropValues } from '#db/short-lived.ts'
import type { Keyring } from '../../crypto/keyring.ts'
import { AppError } from '../../errors.ts'
import { newId, type DeliveryId } from '../../ids.ts'
import type { Intake } from '../../ports/intake.ts'
import { createBodySealer } from './seal-body.ts'

const MAX_ROWS = 128
const MAX_WAITING = 2_000
// Meta's bodies reach 3 MB: a full queue or a full batch of those would not fit the memory.
const MAX_WAITING_BYTES = 64_000_000
const MAX_BATCH_BYTES = 8_000_000
const DEADLINE_MS = 7_000
const SWEEP_MS = 250
// A commit that takes longer holds nobody up: the next batch goes over another connection, three at most.
const PATIENCE_MS = 1_000
const MAX_IN_FLIGHT = 3

type Entry = {
  body: Uint8Array
  dueAt: number
  done: boolean
  resolve(id: DeliveryId): void
  reject(error: AppError): void
}

type Options = { db: Db; keyring: Keyring; deadlineMs?: number }

/** Stores webhook bodies, concurrent ones with one insert and one commit (decision 5): no timer, what arrives during a commit is the next batch. `close` lets the waiting ones finish. */
export function createIntake({
  db,
  keyring,
  deadlineMs = DEADLINE_MS,
}: Options): Intake & { close(): Promise<void> } {
  const listeners: ((count: number) => void)[] = []
  const sealer = keyring.first('intake').then(({ id, raw }) => createBodySealer(id, raw))
  const open = new Set<Entry>()
  let waiting: Entry[] = []
  let waitingBytes = 0
  let underWay: { since: number } | undefined
  let inFlight = 0
  let sweeper: ReturnType<typeof setInterval> | undefined
  let idle: (() => void) | undefined

  const away = (cause?: unknown) =>
    new AppError('unavailable', 'Not stored; send it again.', { retry: 'later', cause })

  const settle = (entry: Entry, outcome: DeliveryId | AppError): void => {
    if (entry.done) return
    entry.done = true
    open.delete(entry)
    if (outcome instanceof AppError) entry.reject(outcome)
    else entry.resolve(outcome)
    if (open.size > 0) return
    clearInterval(sweeper)
    sweeper = undefined
    idle?.()
  }

  // One look over all of them instead of a timer per request; who waits no more is never inserted.
  const sweep = (): void => {
    const now = performance.now()
    for (const entry of open) if (entry.dueAt <= now) settle(entry, away())
    waiting = waiting.filter((entry) => !entry.done)
    waitingBytes = waiting.reduce((sum, entry) => sum + entry.body.length, 0)
    if (underWay && now - underWay.since > PATIENCE_MS && inFlight < MAX_IN_FLIGHT) goOn(underWay)
  }

  const insert = async (entries: readonly Entry[]): Promise<DeliveryId[]> => {
    const seal = await sealer
    const ids = entries.map(() => newId<DeliveryId>())
    const cells = entries.map((entry, index) => seal(ids[index] ?? '', entry.body))
    await db.lease((sql) =>
      dropValues(sql`select control.append_deliveries(${ids}::uuid[], ${byteList(cells)}::text::bytea[])`),
    )
    return ids
  }

  const store = async (entries: readonly Entry[]): Promise<void> => {
    try {
      const ids = await insert(entries)
      entries.forEach((entry, index) => settle(entry, ids[index] ?? away()))
      for (const listener of listeners) listener(entries.length)
    } catch (error) {
      if (isAway(error) || entries.length === 1) for (const entry of entries) settle(entry, away(error))
      else for (const entry of entries) if (!entry.done) await store([entry])
    }
  }

  const takeBatch = (): Entry[] => {
    let bytes = 0
    let count = 0
    for (const { body } of waiting) {
      if (count === MAX_ROWS || (count > 0 && bytes + body.length > MAX_BATCH_BYTES)) break
      bytes += body.length
      count += 1
    }
    waitingBytes -= bytes
    return waiting.splice(0, count).filter((entry) => !entry.done)
  }

  // One at a time: two commits beside each other only make both batches smaller.
  const flush = (): void => {
    if (underWay) return
    let batch: Entry[] = []
    while (waiting.length > 0 && batch.length === 0) batch = takeBatch()
    if (batch.length === 0) return
    const mine = { since: performance.now() }
    underWay = mine
    inFlight += 1
    void store(batch).finally(() => {
      inFlight -= 1
      goOn(mine)
    })
  }

  const goOn = (after: typeof underWay): void => {
    if (underWay !== after) return
    underWay = undefined
    flush()
  }

  return {
    onStored: (listener) => void listeners.push(listener),
    append: (body) =>
      new Promise((resolve, reject) => {
        if (open.size >= MAX_WAITING || waitingBytes + body.length > MAX_WAITING_BYTES) return reject(away())
        const entry = { body, dueAt: performance.now() + deadlineMs, done: false, resolve, reject }
        open.add(entry)
        waiting.push(entry)
        waitingBytes += body.length
        sweeper ??= setInterval(sweep, SWEEP_MS)
        // After the other requests of this turn, so that they share the commit.
        if (!underWay && waiting.length === 1) setImmediate(flush)
      }),
    close: () => (open.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => (idle = resolve))),
  }
}

// Only a complaint about data (SQLSTATE 22, 23, 54) is about a row; all else is the connection, the server or its resources.
function isAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return !/^(?:22|23|54)/.test(code)
}
