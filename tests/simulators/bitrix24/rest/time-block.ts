import type { Sim } from '../sim.ts'
import { isoTime } from './call.ts'

export interface TimeBlock {
  start: number
  finish: number
  duration: number
  processing: number
  date_start: string
  date_finish: string
  operating_reset_at: number
  operating: number
}

/** The `time` part of an answer; `operating` is what this application spent on this method in ten minutes. */
export function timeBlock(sim: Sim, key: string, startedMs: number): TimeBlock {
  const now = sim.now()
  const { seconds, resetAt } = sim.limits.operating(key, now)
  return {
    start: startedMs / 1000,
    finish: now / 1000,
    duration: (now - startedMs) / 1000,
    processing: (now - startedMs) / 1000,
    date_start: isoTime(startedMs),
    date_finish: isoTime(now),
    operating_reset_at: resetAt,
    operating: seconds,
  }
}
