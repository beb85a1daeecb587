import type { Deliveries } from './deliveries.ts'
import { statusError } from './errors.ts'
import { arrive } from './phone-status.ts'
import type { World } from './state.ts'
import type { CustomerState, Json, NumberState, ThreadMessage } from './types.ts'

export type StatusName = 'sent' | 'delivered' | 'read' | 'failed'
export interface SentMessage {
  number: NumberState
  customer: CustomerState | null
  /** Digits it was addressed to, or the customer's. */
  digits: string
  pair: string
  message: ThreadMessage
}

const FREE_PER_MONTH = 1000

/** Service messages: the number's first thousand of a month are free, then they are billed (since 2026-10-01). */
const pricing = (world: World, number: NumberState, first: boolean): Json => {
  const month = new Date(world.time.now()).toISOString().slice(0, 7)
  if (number.freeMonth !== month) Object.assign(number, { freeMonth: month, freeUsed: 0 })
  if (first) number.freeUsed += 1
  const free = number.freeUsed <= FREE_PER_MONTH
  return {
    billable: !free,
    pricing_model: 'PMP',
    type: free ? 'free_customer_service' : 'regular',
    category: 'service',
  }
}

const phoneShown = (sent: SentMessage) => !(sent.message.byUserId && sent.customer?.phoneHidden !== false)

const contactOf = (sent: SentMessage, status: StatusName): Json => ({
  profile: {
    ...(sent.customer?.name != null && { name: sent.customer.name }),
    ...(sent.customer?.username != null && status !== 'sent' && { username: sent.customer.username }),
  },
  ...(phoneShown(sent) && { wa_id: sent.digits }),
  ...(sent.customer?.userId != null && { user_id: sent.customer.userId }),
})

const statusOf = (sent: SentMessage, status: StatusName, atMs: number): Json => {
  const { message, customer } = sent
  const showUserId = customer?.userId != null && (status !== 'failed' || message.byUserId)
  return {
    id: message.id,
    status,
    timestamp: String(Math.floor(atMs / 1000)),
    ...(phoneShown(sent) && { recipient_id: sent.digits }),
    ...(showUserId && { recipient_user_id: customer.userId }),
    ...(message.callbackData !== null && { biz_opaque_callback_data: message.callbackData }),
  }
}

const valueOf = (sent: SentMessage, status: Json, contacts: Json[]): Json => ({
  messaging_product: 'whatsapp',
  metadata: {
    display_phone_number: sent.number.digits,
    phone_number_id: sent.number.phoneNumberId,
  },
  ...(contacts.length > 0 && { contacts }),
  statuses: [status],
})

const emit = (
  deliveries: Deliveries,
  sent: SentMessage,
  plan: { status: StatusName; atMs: number; dueAt: number; extra?: Json },
): Promise<void> =>
  deliveries.emit({
    lane: sent.pair,
    wabaId: sent.number.wabaId,
    phoneNumberId: sent.number.phoneNumberId,
    field: 'messages',
    value: valueOf(
      sent,
      { ...statusOf(sent, plan.status, plan.atMs), ...plan.extra },
      plan.status === 'failed' ? [] : [contactOf(sent, plan.status)],
    ),
    dueAt: plan.dueAt,
    about: { wamid: sent.message.id, status: plan.status },
  })

/** The message was accepted and fails afterwards: one `failed` status with this code. */
export const failLater = (world: World, deliveries: Deliveries, sent: SentMessage, code: number) => {
  const dueAt = world.time.now() + world.script.sentMs + (world.statuses.delayMs ?? 0)
  return emit(deliveries, sent, {
    status: 'failed',
    atMs: dueAt,
    dueAt,
    extra: { errors: [statusError(code)] },
  })
}

interface Step {
  status: StatusName
  /** When it really happened, ms after the send. */
  ms: number
}

const natural = (world: World): Step[] => {
  const { sentMs, deliveredMs, readMs } = world.script
  const steps: Step[] = [
    { status: 'sent', ms: sentMs },
    { status: 'delivered', ms: Math.max(sentMs, deliveredMs) },
  ]
  if (readMs !== null) steps.push({ status: 'read', ms: Math.max(sentMs, deliveredMs, readMs) })
  return steps
}

const planned = (world: World): Step[] => {
  const steps = natural(world)
  const last = steps.at(-1)?.ms ?? 0
  switch (world.statuses.mode) {
    case 'none':
      return []
    case 'duplicate':
      return steps.flatMap((step) => [step, step])
    case 'reversed':
      return steps.reverse()
    case 'read-without-delivered':
      return [...steps.slice(0, 1), { status: 'read', ms: last }]
    default:
      return steps
  }
}

/** Emits the statuses of an accepted send as the controls say; resolves when each was answered once. */
export const sendStatuses = async (
  world: World,
  deliveries: Deliveries,
  sent: SentMessage,
): Promise<void> => {
  const { mode, code, delayMs = 0 } = world.statuses
  if (mode === 'failed') return failLater(world, deliveries, sent, code ?? 131026)
  const now = world.time.now()
  const steps = planned(world)
  if (steps.length === 0) arrive(world, sent.pair, sent.message)
  const times = steps.map((step) => step.ms).sort((a, b) => a - b)
  const all = steps.map((step, i) => {
    const priced = step.status === 'sent' || step.status === 'delivered'
    return emit(deliveries, sent, {
      status: step.status,
      atMs: now + step.ms,
      dueAt: now + delayMs + (times[i] ?? step.ms),
      ...(priced && { extra: { pricing: pricing(world, sent.number, step.status === 'sent') } }),
    })
  })
  await Promise.all(all)
}

/** The customer read this message. */
export const tellRead = (world: World, deliveries: Deliveries, sent: SentMessage) => {
  if (world.statuses.mode === 'none') return
  const dueAt = world.time.now() + (world.statuses.delayMs ?? 0)
  void emit(deliveries, sent, { status: 'read', atMs: world.time.now(), dueAt })
}
