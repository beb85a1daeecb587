import type { Queue } from 'pg-boss'

// A job ends when its outcome is recorded; only a crash leaves one behind, and the heartbeat brings it back.
const recovered = {
  retryLimit: 1_000_000,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 60,
  heartbeatSeconds: 10,
  expireInSeconds: 300,
  deleteAfterSeconds: 600,
  // PostgreSQL commits transactions that notify one after the other; `wake-workers.ts` does it after the commit.
  notify: false,
}

/** Every queue. `key_strict_fifo` runs one job per key at a time, in order. Payloads hold ids only. */
export const QUEUES = [
  { name: 'whatsapp.send', policy: 'key_strict_fifo', ...recovered },
  { name: 'whatsapp.read', policy: 'standard', ...recovered },
  { name: 'attempt.expire', policy: 'standard', ...recovered },
  { name: 'crm.sync', policy: 'key_strict_fifo', ...recovered },
  { name: 'crm.rematch', policy: 'key_strict_fifo', ...recovered },
  { name: 'portal.register', policy: 'key_strict_fifo', ...recovered },
  { name: 'portal.confirm-uninstall', policy: 'key_strict_fifo', ...recovered },
  { name: 'privacy.erase', policy: 'key_strict_fifo', ...recovered, expireInSeconds: 3600 },
  { name: 'housekeeping', policy: 'standard', ...recovered, expireInSeconds: 3600 },
] as const satisfies readonly Queue[]

export type QueueName = (typeof QUEUES)[number]['name']
