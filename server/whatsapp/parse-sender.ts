import type { Sender } from './delivery-events.ts'
import { idOf, listOf, objectOf, textOf, type Wire } from './wire.ts'

const NAME_LIMIT = 300
const ALIAS_LIMIT = 200

/** Digits of a phone number as webhooks carry it, or undefined. */
export function phoneOf(value: unknown): string | undefined {
  const digits = textOf(value, 24)?.replace(/^\+/, '')
  return digits && /^\d{5,20}$/.test(digits) ? digits : undefined
}

/** Who wrote a message, from the message itself and the contact that goes with it. */
export function parseSender(message: Wire, contacts: readonly Wire[], alone: boolean): Sender {
  const from = textOf(message.from, ALIAS_LIMIT)
  const bsuid = textOf(message.from_user_id, ALIAS_LIMIT)
  const contact = contactOf(contacts, from, bsuid, alone)
  const profile = objectOf(contact?.profile)
  const waId = textOf(contact?.wa_id, ALIAS_LIMIT) ?? from
  return {
    phone: phoneOf(from) ?? phoneOf(waId),
    waId,
    bsuid: bsuid ?? textOf(contact?.user_id, ALIAS_LIMIT),
    parentBsuid:
      textOf(message.from_parent_user_id, ALIAS_LIMIT) ?? textOf(contact?.parent_user_id, ALIAS_LIMIT),
    name: textOf(profile?.name)?.slice(0, NAME_LIMIT),
    username: textOf(profile?.username, ALIAS_LIMIT),
  }
}

/** The person a status is about; phone and user id together link the two. */
export function parseRecipient(status: Wire): Sender {
  const waId = textOf(status.recipient_id, ALIAS_LIMIT)
  if (status.recipient_type === 'group') return {}
  return {
    phone: phoneOf(waId),
    waId,
    bsuid: textOf(status.recipient_user_id, ALIAS_LIMIT),
    parentBsuid: textOf(status.recipient_parent_user_id, ALIAS_LIMIT),
  }
}

/** Whether anything here names somebody. */
export function isNamed(sender: Sender): boolean {
  return Boolean(sender.waId ?? sender.phone ?? sender.bsuid ?? sender.parentBsuid)
}

/** The contacts of a value. */
export function contactsOf(value: Wire): Wire[] {
  return listOf(value.contacts)
    .map(objectOf)
    .filter((item) => item !== undefined)
}

// Matched by id, never by index; a single contact whose id differs (Brazil's ninth digit) only where nobody else can be meant.
function contactOf(
  contacts: readonly Wire[],
  from: string | undefined,
  bsuid: string | undefined,
  alone: boolean,
): Wire | undefined {
  const match = contacts.find(
    (contact) =>
      (from !== undefined && idOf(contact.wa_id) === from) ||
      (bsuid !== undefined && idOf(contact.user_id) === bsuid),
  )
  return match ?? (alone && contacts.length === 1 ? contacts[0] : undefined)
}
