import type { Leftover, ParsedChange } from './delivery-events.ts'
import { parseMessage } from './parse-message.ts'
import { parseStatus } from './parse-status.ts'
import { contactsOf } from './parse-sender.ts'
import { listOf, objectOf, textOf, type Wire } from './wire.ts'

// Content of fields that later work reads (echoes, history, calls, …) is kept apart even where it looks like messages.
const OTHER_FIELDS = /^(?:history|standby|messaging_handovers|calls|.*echoes|smb_.*|group_.*|user_id_update)$/

/** A webhook body split per entry and change into events (Cloud API, webhooks §components). Never throws for a JSON value. `first` is the place of its first change. */
export function parseDelivery(body: unknown, first = 0): ParsedChange[] {
  const changes: ParsedChange[] = []
  let position = first
  for (const item of listOf(objectOf(body)?.entry)) {
    const entry = objectOf(item)
    for (const raw of listOf(entry?.changes)) {
      const change = parseChange(entry, objectOf(raw), position)
      changes.push(change)
      position += 1 + change.messages.length + change.statuses.length + change.leftovers.length
    }
  }
  if (changes.length > 0) return changes
  const nothing = { ...emptyChange(undefined, undefined, first), value: body }
  return [{ ...nothing, leftovers: [{ position: first, reason: 'unreadable', value: body }] }]
}

function parseChange(entry: Wire | undefined, raw: Wire | undefined, position: number): ParsedChange {
  const change = emptyChange(entry, raw, position)
  const value = objectOf(raw?.value)
  const readable = value && !(change.field && OTHER_FIELDS.test(change.field))
  if (!readable || !change.phoneNumberId) return setAside(change, change.field ? 'not_yet' : 'unreadable')
  try {
    readMessages(change, value)
    readStatuses(change, value)
  } catch {
    // Nested deeper than the serializer can go.
    return setAside(emptyChange(entry, raw, position), 'unreadable')
  }
  const found = change.messages.length + change.statuses.length + change.leftovers.length
  return found > 0 ? change : setAside(change, 'not_yet')
}

function emptyChange(entry: Wire | undefined, raw: Wire | undefined, position: number): ParsedChange {
  const value = raw?.value
  const metadata = objectOf(objectOf(value)?.metadata)
  return {
    ...{ position, value },
    accountId: textOf(entry?.id, 64),
    field: textOf(raw?.field, 64),
    phoneNumberId: textOf(metadata?.phone_number_id, 64),
    messages: [],
    statuses: [],
    leftovers: [],
  }
}

function setAside(change: ParsedChange, reason: Leftover['reason']): ParsedChange {
  change.leftovers.push({ position: change.position, reason, value: change.value })
  return change
}

function readMessages(change: ParsedChange, value: Wire): void {
  const items = listOf(value.messages)
  if (items.length === 0) return
  const contacts = contactsOf(value)
  const alone = hasOneSender(items)
  for (const item of items) {
    const wire = objectOf(item) ?? {}
    const verdict = parseMessage(wire, value, contacts, alone, nextPosition(change))
    if (verdict.ok) change.messages.push(verdict.event)
    else leave(change, verdict.reason, { ...value, messages: [item], statuses: undefined })
  }
}

function readStatuses(change: ParsedChange, value: Wire): void {
  for (const item of listOf(value.statuses)) {
    const verdict = parseStatus(objectOf(item) ?? {}, nextPosition(change))
    if (verdict.ok) change.statuses.push(verdict.event)
    else leave(change, verdict.reason, { ...value, statuses: [item], messages: undefined })
  }
}

function leave(change: ParsedChange, reason: Leftover['reason'], value: unknown): void {
  change.leftovers.push({ position: nextPosition(change), reason, value })
}

function nextPosition(change: ParsedChange): number {
  return change.position + 1 + change.messages.length + change.statuses.length + change.leftovers.length
}

function hasOneSender(items: readonly unknown[]): boolean {
  if (items.length === 1) return true
  const names = items.map((item) => {
    const wire = objectOf(item)
    return textOf(wire?.from) ?? textOf(wire?.from_user_id)
  })
  return new Set(names).size === 1
}
