import { isoTime } from '#db/iso-time.ts'
import type { AuthorKind, Message, MessageKind, MessageStatus, RemovedMessage } from '../contract.ts'
import { failureOf } from '../whatsapp/errors.ts'
import { FAIL_WORDS } from '../whatsapp/fail-words.ts'
import { canRetry } from './can-retry.ts'
import { PATIENCE_MS } from './pick-next.ts'

/** A message as the queries of this folder read it. */
export type MessageRow = {
  id: string
  rev: string
  direction: 'in' | 'out'
  kind: MessageKind
  text: string | null
  status: MessageStatus
  errorCode: string | null
  authorKind: AuthorKind
  authorId: string | null
  authorName: string | null
  /** As PostgreSQL writes it. */
  sentAt: string
  orderId: string
  position: number
  providerId: string | null
  replyToId: string | null
  /** Read only where a retry may be offered. */
  triedAt: Date | null
  /** Of the messages before it that are to be tried again, when the last was accepted. */
  behindAt: Date | null
}
export type ChangedRow = MessageRow & { removed: boolean }

/** What a message's page says beside its row: the time, and when the customer last wrote. */
export type Around = { now: number; lastInboundAt: Date | null }

/** A row as the API shows it. */
export function toMessage(row: MessageRow, around: Around): Message {
  return {
    id: row.id,
    rev: Number(row.rev),
    direction: row.direction,
    kind: row.kind,
    text: row.text,
    status: row.status,
    error: row.status === 'failed' ? errorOf(row.errorCode) : null,
    author: { kind: row.authorKind, id: row.authorId, name: row.authorName },
    sentAt: isoTime(row.sentAt),
    providerId: row.providerId,
    replyToId: row.replyToId,
    media: null,
    retry: row.direction === 'out' ? retryOf(row, around) : null,
    waiting: row.behindAt !== null && around.now - row.behindAt.getTime() < PATIENCE_MS,
  }
}

/** A row that may have been removed, as `changedAfter` shows it. */
export function toChange(row: ChangedRow, around: Around): Message | RemovedMessage {
  return row.removed ? { id: row.id, rev: Number(row.rev), removed: true } : toMessage(row, around)
}

function errorOf(kept: string | null): { code: string; message: string } {
  const { code } = failureOf(kept ?? 'other')
  return { code, message: FAIL_WORDS[code] }
}

function retryOf({ status, errorCode, triedAt }: MessageRow, { now, lastInboundAt }: Around) {
  const inboundAt = lastInboundAt?.getTime() ?? null
  return canRetry({ status, errorCode, triedAt: triedAt?.getTime() ?? null, inboundAt, now })
}
