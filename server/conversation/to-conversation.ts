import type { Conversation, RecordRef } from '../contract.ts'
import type { ConversationId } from '../ids.ts'
import { windowOf } from './service-window.ts'
import { toMessage, type MessageRow } from './to-message.ts'

/** A conversation as `conversationRows` reads it; the columns of its last message stand beside it, empty when there is none. */
export type ConversationRow = Omit<MessageRow, 'id'> & {
  id: string | null
  conversationId: ConversationId
  refs: RecordRef[]
  channelId: string
  channelKind: 'cloud' | 'linked'
  channelName: string
  channelPhone: string
  personId: string
  personName: string
  personPhone: string | null
  personUsername: string | null
  unanswered: number
  lastInboundAt: Date | null
  lastMessageAt: Date | null
}

/** A conversation as the API shows it at `now` (ms). */
export function toConversation(row: ConversationRow, now: number): Conversation {
  const { open, closesAt } = windowOf(row.lastInboundAt, now)
  const { id } = row
  return {
    id: row.conversationId,
    channel: { id: row.channelId, kind: row.channelKind, name: row.channelName, phone: row.channelPhone },
    person: { id: row.personId, name: row.personName, phone: row.personPhone, username: row.personUsername },
    window: { open, closesAt: closesAt?.toISOString() ?? null },
    unanswered: row.unanswered,
    lastMessage: id === null ? null : toMessage({ ...row, id }, { now, lastInboundAt: row.lastInboundAt }),
  }
}
