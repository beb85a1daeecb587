import type { InboundRow } from './inbound-rows.ts'
import type { OpenConversation } from './open-conversations.ts'

/** What a new inbound message changes on its conversation: the window, the counter, the last message. */
export function noteMessage(conversation: OpenConversation | undefined, row: InboundRow): void {
  if (!conversation) return
  conversation.contentChanged = true
  // A reaction renews the window as WhatsApp counts it and asks for no answer; a system notice does neither.
  if (row.kind !== 'system') conversation.lastInboundAt = later(conversation.lastInboundAt, row.sentAt)
  if (row.removed) return
  if (row.kind !== 'system' && row.kind !== 'reaction') conversation.unanswered += 1
  if (isAfterLast(conversation, row)) {
    conversation.lastMessageAt = row.sentAt
    conversation.lastMessageId = row.id
    conversation.lastOrderId = row.orderId
    conversation.lastPosition = row.position
  }
}

const later = (left: Date | null, right: Date): Date => (left && left > right ? left : right)

function isAfterLast(conversation: OpenConversation, row: InboundRow): boolean {
  const { lastMessageAt, lastOrderId, lastPosition } = conversation
  if (!lastMessageAt || row.sentAt > lastMessageAt) return true
  if (row.sentAt < lastMessageAt) return false
  if (row.orderId !== lastOrderId) return row.orderId > (lastOrderId ?? '')
  return row.position >= lastPosition
}
