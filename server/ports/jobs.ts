import type { Tx } from '#db/tenancy.ts'
import type { QueueName } from '../jobs/queues.ts'

export type JobRequest = { queue: QueueName; data: Record<string, string>; key?: string; afterMs?: number }

/** Enqueues in the caller's transaction: data and job commit together. `key` is the order key of strict queues. */
export interface Jobs {
  enqueue(tx: Tx, jobs: JobRequest | readonly JobRequest[]): Promise<void>
}
