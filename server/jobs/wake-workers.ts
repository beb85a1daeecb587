import type { PgBoss } from 'pg-boss'
import type { QueueName } from './queues.ts'

// A job that is due later than this is found by the workers' own polling in time.
const SOON_MS = 60_000

const workers = new WeakMap<PgBoss, Map<QueueName, string[]>>()

/** Remembers a worker of this process. */
export function noteWorker(boss: PgBoss, queue: QueueName, workerId: string): void {
  const ofBoss = workers.get(boss) ?? new Map<QueueName, string[]>()
  workers.set(boss, ofBoss)
  ofBoss.set(queue, [...(ofBoss.get(queue) ?? []), workerId])
}

/** Lets the workers of this process look for jobs of a queue in `afterMs`. What no process is told, their polling finds. */
export function wakeWorkers(boss: PgBoss, queue: QueueName, afterMs = 0): void {
  if (afterMs > SOON_MS) return
  const wake = () =>
    workers
      .get(boss)
      ?.get(queue)
      ?.forEach((id) => boss.notifyWorker(id))
  if (afterMs === 0) wake()
  else setTimeout(wake, afterMs + 10).unref()
}
