import type { PgBoss } from 'pg-boss'
import type { QueueName } from './queues.ts'

// A job that is due later than this is found by the workers' own polling in time.
const SOON_MS = 60_000
// The timeline of a card may follow a moment later: what changes meanwhile travels in the same look.
const GATHER_MS: Partial<Record<QueueName, number>> = { 'crm.sync': 250 }

type Workers = { ids: string[]; gathering: boolean }

const known = new WeakMap<PgBoss, Map<QueueName, Workers>>()

/** Remembers a worker of this process. */
export function noteWorker(boss: PgBoss, queue: QueueName, workerId: string): void {
  const ofBoss = known.get(boss) ?? new Map<QueueName, Workers>()
  known.set(boss, ofBoss)
  const workers = ofBoss.get(queue) ?? { ids: [], gathering: false }
  workers.ids.push(workerId)
  ofBoss.set(queue, workers)
}

/** Lets the workers of this process look for jobs of a queue in `afterMs`. What no process is told, their polling finds. */
export function wakeWorkers(boss: PgBoss, queue: QueueName, afterMs = 0): void {
  const workers = known.get(boss)?.get(queue)
  if (!workers || afterMs > SOON_MS) return
  const wake = () => workers.ids.forEach((id) => boss.notifyWorker(id))
  const gatherMs = GATHER_MS[queue] ?? 0
  if (afterMs > 0) return void setTimeout(wake, afterMs + 10).unref()
  if (gatherMs === 0) return wake()
  if (workers.gathering) return
  workers.gathering = true
  setTimeout(() => {
    workers.gathering = false
    wake()
  }, gatherMs).unref()
}
