import type { InboundEvent, QuarantineReason } from './delivery-events.ts'
import { isNamed, parseSender } from './parse-sender.ts'
import { parseSystem } from './parse-system.ts'
import { idOf, objectOf, stampOf, storable, textOf, type Wire } from './wire.ts'

export type Verdict<T> = { ok: true; event: T } | { ok: false; reason: QuarantineReason }

type Content = Pick<InboundEvent, 'kind' | 'text' | 'replyTo' | 'edits'>

/** One item of `messages`. `alone`: the value has a single sender, so a single contact is theirs. */
export function parseMessage(
  wire: Wire,
  value: Wire,
  contacts: readonly Wire[],
  alone: boolean,
  position: number,
): Verdict<InboundEvent> {
  const wamid = idOf(wire.id)
  if (!wamid) return { ok: false, reason: 'no_id' }
  const wireKind = textOf(wire.type, 100) ?? 'unknown'
  const who = parseSender(wire, contacts, alone)
  const { sender, becomes } =
    wireKind === 'system' ? parseSystem(wire, who) : { sender: who, becomes: undefined }
  if (!isNamed(sender)) return { ok: false, reason: 'no_sender' }
  const content = contentOf(wire, wireKind)
  const event = {
    ...content,
    ...{ position, wamid, sender, becomes, wireKind, wire },
    stampMs: stampOf(wire.timestamp),
    payload: isRead(content) ? undefined : payloadOf(wire, value),
  }
  return { ok: true, event }
}

const isRead = (content: Content) => content.kind === 'text' || content.kind === 'reaction'

function contentOf(wire: Wire, type: string): Content {
  const quoted = idOf(objectOf(wire.context)?.id)
  const unread: Content = { kind: 'unsupported', text: null, replyTo: quoted, edits: undefined }
  // A group message shown as text would look like a private one.
  if (wire.group_id !== undefined) return unread
  switch (type) {
    case 'text':
    case 'unknown': {
      const body = textOf(objectOf(wire.text)?.body)
      return body === undefined ? unread : { ...unread, kind: 'text', text: body }
    }
    case 'reaction': {
      const reaction = objectOf(wire.reaction)
      const emoji = textOf(reaction?.emoji, 100) ?? null
      return { kind: 'reaction', text: emoji, replyTo: idOf(reaction?.message_id), edits: undefined }
    }
    case 'system':
      return { ...unread, kind: 'system', text: textOf(objectOf(wire.system)?.body, 2_000) ?? null }
    case 'edit':
      return editOf(wire)
    case 'revoke': {
      const original = idOf(objectOf(wire.revoke)?.original_message_id)
      return { kind: 'system', text: null, replyTo: original, edits: 'removal' }
    }
    default:
      return unread
  }
}

function editOf(wire: Wire): Content {
  const edit = objectOf(wire.edit)
  const body = textOf(objectOf(objectOf(edit?.message)?.text)?.body)
  return {
    kind: 'system',
    text: body ?? null,
    replyTo: idOf(edit?.original_message_id),
    edits: body === undefined ? undefined : 'text',
  }
}

// `value.errors` says what an empty message was meant to be, so it is kept with it.
function payloadOf(wire: Wire, value: Wire): string {
  const whole =
    value.errors === undefined || wire.errors !== undefined ? wire : { ...wire, errors: value.errors }
  return storable(JSON.stringify(whole))
}
