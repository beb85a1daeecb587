import type { World } from './state.ts'
import type { PhoneStatus, ThreadMessage } from './types.ts'
import type { WebhookEvent } from './webhook-event.ts'

const RANK: Record<PhoneStatus, number> = { pending: 0, sent: 1, failed: 2, delivered: 3, read: 4 }

const improve = (message: { status: PhoneStatus }, status: PhoneStatus) => {
  if (RANK[status] > RANK[message.status]) message.status = status
}

/** A business message lands on the phone and waits to be read. */
export const arrive = (world: World, pair: string, message: ThreadMessage) => {
  if (RANK[message.status] >= RANK.delivered) return
  message.status = 'delivered'
  const unread = world.unread.get(pair)
  if (unread === undefined) world.unread.set(pair, [message.id])
  else unread.push(message.id)
}

/** What the phone shows once an event's time has come, whether or not the app hears of it. */
export const onDue = (world: World, event: WebhookEvent) => {
  const found = event.about === null ? undefined : world.byWamid.get(event.about.wamid)
  if (found === undefined || event.about === null) return
  if (found.message.from === 'business' && event.about.status === 'delivered') {
    arrive(world, found.pair, found.message)
  } else improve(found.message, event.about.status)
  world.changed()
}

/** The business has the customer's message: two ticks on the phone. */
export const onAcknowledged = (world: World, event: WebhookEvent) => {
  const message = event.about === null ? undefined : world.byWamid.get(event.about.wamid)?.message
  if (message?.from === 'customer') improve(message, 'delivered')
}
