import type { PgBoss } from 'pg-boss'
import type { QueueName } from './queues.ts'
import type { QueueWorker } from './work-queue.ts'

// A job that is due later than this is found by the worker's own looks in time.
const SOON_MS = 60_000
// The timeline of a card may follow a moment later: what changes meanwhile travels in the same look.
const GATHER_MS: Partial<Record<QueueName, number>> = { 'crm.sync': 250 }

type Known = Pick<QueueWorker, 'wake'> & { gathering: boolean }

const known = new WeakMap<PgBoss, Map<QueueName, Known>>()

/** Remembers the worker of a queue in this process. */
export function noteWorker(boss: PgBoss, queue: QueueName, { wake }: Pick<QueueWorker, 'wake'>): void {
  const ofBoss = known.get(boss) ?? new Map<QueueName, Known>()
  known.set(boss, ofBoss.set(queue, { wake, gathering: false }))
}

/** Lets this process look for jobs of a queue in `afterMs`. What nobody is told, the looks every two seconds find. */
export function wakeWorkers(boss: PgBoss, queue: QueueName, afterMs = 0): void {
  const worker = known.get(boss)?.get(queue)
  if (!worker || afterMs > SOON_MS) return
  const gatherMs = GATHER_MS[queue] ?? 0
  if (afterMs > 0) return void setTimeout(worker.wake, afterMs + 10).unref()
  if (gatherMs === 0) return worker.wake()
  if (worker.gathering) return
  worker.gathering = true
  setTimeout(() => {
    worker.gathering = false
    worker.wake()
  }, gatherMs).unref()
}
