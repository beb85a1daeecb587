/** A later message waits for an earlier one at most this long after the earlier one's acceptance (contract §3.2). */
export const PATIENCE_MS = 2 * 60_000

export type Unsent = { sentAt: Date; nextAt: Date | null }

/** The message to send now, or how many milliseconds to wait for one, or nothing to do. `unsent` is in thread order. */
export function pickNext<T extends Unsent>(
  unsent: readonly T[],
  now: number,
): { send: T } | { waitMs: number } | null {
  let soonest = Infinity
  for (const message of unsent) {
    const dueIn = message.nextAt ? message.nextAt.getTime() - now : 0
    if (dueIn <= 0) return { send: message }
    soonest = Math.min(soonest, dueIn)
    const patience = message.sentAt.getTime() + PATIENCE_MS - now
    if (patience > 0) return { waitMs: Math.min(soonest, patience) }
  }
  return soonest === Infinity ? null : { waitMs: soonest }
}
