import type { Json } from './types.ts'

/** One change on its way to the app. */
export interface WebhookEvent {
  id: string
  /** Events of one lane are delivered one after the other. */
  lane: string
  wabaId: string
  phoneNumberId: string
  field: string
  value: Json
  /** Simulated ms. */
  dueAt: number
  /** What the phone shows once this is due or answered. */
  about: { wamid: string; status: 'sent' | 'delivered' | 'read' | 'failed' } | null
}

const group = (events: WebhookEvent[]) => Map.groupBy(events, (event) => event.wabaId)

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const merge = (first: Json, second: Json): Json => ({
  ...first,
  contacts: [...list(first['contacts']), ...list(second['contacts'])],
  messages: [...list(first['messages']), ...list(second['messages'])],
})

const onlyMessages = (event: WebhookEvent) => event.field === 'messages' && 'messages' in event.value

const changesOf = (events: WebhookEvent[]): Json[] => {
  const changes: { event: WebhookEvent; value: Json }[] = []
  for (const event of events) {
    const mate = changes.find(
      (c) => onlyMessages(c.event) && onlyMessages(event) && c.event.phoneNumberId === event.phoneNumberId,
    )
    if (mate) mate.value = merge(mate.value, event.value)
    else changes.push({ event, value: event.value })
  }
  return changes.map(({ event, value }) => ({ value, field: event.field }))
}

/** One body for one or several events: an entry per account, messages of one number in one value. */
export const bodyOf = (events: WebhookEvent[]): Json => ({
  object: 'whatsapp_business_account',
  entry: [...group(events)].map(([id, own]) => ({ id, changes: changesOf(own) })),
})
