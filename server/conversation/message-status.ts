import type { MessageStatus } from '../contract.ts'

const RANK: Record<MessageStatus, number> = {
  queued: 0,
  sending: 1,
  unconfirmed: 2,
  sent: 3,
  failed: 4,
  delivered: 5,
  read: 6,
  played: 7,
  // Inbound messages have no other status.
  received: 8,
}

/** The better one of two statuses: a status only improves (contract §3.2), and a late `sent` does not undo `failed`. */
export function betterStatus(current: MessageStatus, next: MessageStatus): MessageStatus {
  return RANK[next] > RANK[current] ? next : current
}
