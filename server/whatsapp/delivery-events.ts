import type { Wire } from './wire.ts'

/** The names one payload gives to a person; any of them may be missing. */
export type Sender = {
  phone?: string | undefined
  waId?: string | undefined
  bsuid?: string | undefined
  parentBsuid?: string | undefined
  name?: string | undefined
  username?: string | undefined
}

/** Where an event stood: counted over the whole body, so that replaying finds the same place. */
type Placed = { position: number; wamid: string; stampMs: number | undefined }

export type InboundEvent = Placed & {
  kind: 'text' | 'reaction' | 'system' | 'unsupported'
  text: string | null
  /** The message this one answers, reacts to, edits or revokes. */
  replyTo: string | undefined
  edits: 'text' | 'removal' | undefined
  sender: Sender
  /** Who the sender is from now on (`user_changed_number`, `user_changed_user_id`). */
  becomes: Sender | undefined
  wireKind: string
  /** The message as it came, when we do not read all of it yet. */
  payload: string | undefined
  wire: Wire
}

export type StatusEvent = Placed & {
  status: 'sent' | 'delivered' | 'read' | 'played' | 'failed'
  callbackId: string | undefined
  errorCode: string | undefined
  errorText: string | undefined
  recipient: Sender
  wire: Wire
}

/** Why something waits in quarantine. */
export type QuarantineReason =
  | 'unknown_number'
  | 'before_connect'
  | 'not_yet'
  | 'unreadable'
  | 'no_id'
  | 'no_sender'
  | 'unknown_status'
  | 'failed'

/** Part of a change that cannot be shown: kept with the value it needs to be read again. */
export type Leftover = { position: number; reason: QuarantineReason; value: unknown }

/** One change of one entry: everything in it belongs to one number. */
export type ParsedChange = {
  position: number
  accountId: string | undefined
  field: string | undefined
  value: unknown
  phoneNumberId: string | undefined
  messages: InboundEvent[]
  statuses: StatusEvent[]
  leftovers: Leftover[]
}
