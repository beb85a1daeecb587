import { randomInt } from 'node:crypto'
import type { Deliveries } from './deliveries.ts'
import { contactOf, inboundMessage, senderOf } from './inbound-message.ts'
import { addToThread, digitsOf, pairKey, type World } from './state.ts'
import { tellRead } from './statuses.ts'
import type { Customer, CustomerSpec, CustomerState, Json, NumberState, WriteInput } from './types.ts'
import { makeWamid } from './wamid.ts'
import { openWindow } from './window.ts'

/** By phone digits, wa_id or user id. */
export const findCustomer = (world: World, address: string): CustomerState | null => {
  const key = world.aliases.get(address)
  return key === undefined ? null : (world.customers.get(key) ?? null)
}

/** Makes a customer findable by phone, wa_id and user id. */
export const registerAliases = (world: World, customer: CustomerState) => {
  for (const alias of [customer.phone, customer.waId, customer.userId]) {
    if (alias !== null) world.aliases.set(alias, customer.key)
  }
}

/** Adds a customer, or updates the one known by this phone or user id. */
export const addCustomer = (world: World, spec: CustomerSpec): CustomerState => {
  const phone = spec.phone === undefined ? null : digitsOf(spec.phone)
  const address = phone ?? spec.userId
  if (address === undefined) throw new Error('a customer needs a phone or a user id')
  if (spec.phoneHidden === true && spec.userId === undefined) {
    throw new Error('a customer with a hidden phone needs a user id')
  }
  const before = findCustomer(world, address) ?? findCustomer(world, spec.userId ?? address)
  const customer: CustomerState = {
    key: before?.key ?? address,
    phone,
    waId: spec.waId ?? phone,
    name: spec.name ?? before?.name ?? null,
    username: spec.username ?? before?.username ?? null,
    userId: spec.userId ?? before?.userId ?? null,
    phoneHidden: spec.phoneHidden ?? phone === null,
  }
  const kept = before === null ? customer : Object.assign(before, customer)
  world.customers.set(kept.key, kept)
  registerAliases(world, kept)
  world.changed()
  return kept
}

const numberOf = (world: World, phoneNumberId: string): NumberState => {
  const number = world.numbers.get(phoneNumberId)
  if (number === undefined) throw new Error(`no business number ${phoneNumberId}; call addAccount first`)
  return number
}

const digitsFor = (customer: CustomerState) =>
  (customer.phoneHidden ? null : customer.waId) ?? digitsOf(customer.userId ?? '0')

const emitMessage = (
  world: World,
  deliveries: Deliveries,
  target: { number: NumberState; pair: string; wamid: string },
  value: Json,
) =>
  void deliveries.emit({
    lane: target.pair,
    wabaId: target.number.wabaId,
    phoneNumberId: target.number.phoneNumberId,
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: target.number.digits, phone_number_id: target.number.phoneNumberId },
      ...value,
    },
    dueAt: world.time.now(),
    about: { wamid: target.wamid, status: 'sent' },
  })

const show = (world: World, pair: string, wamid: string, input: WriteInput, atMs: number) => {
  const original = input.replyTo === undefined ? undefined : world.byWamid.get(input.replyTo)?.message
  if (input.kind === 'edit' && original) Object.assign(original, { text: input.text ?? '', edited: true })
  if (input.kind === 'revoke' && original) Object.assign(original, { removed: true })
  addToThread(world, pair, {
    id: wamid,
    from: 'customer',
    kind: input.kind ?? 'text',
    text: input.text ?? '',
    at: atMs,
    status: 'pending',
    replyTo: input.replyTo ?? null,
    callbackData: null,
    byUserId: false,
  })
}

/** A customer writes: the thread shows it, the window opens, a signed webhook is queued. */
export const writeMessage = (
  world: World,
  deliveries: Deliveries,
  customer: CustomerState,
  input: WriteInput,
): { wamid: string } => {
  const number = numberOf(world, input.to)
  const pair = pairKey(number.phoneNumberId, customer.key)
  const seconds = input.at ?? Math.floor(world.time.now() / 1000)
  const wamid = input.id ?? makeWamid(digitsFor(customer), 'in')
  const quotedByUs =
    input.replyTo !== undefined && world.byWamid.get(input.replyTo)?.message.from === 'customer'
  const message = inboundMessage({ number, customer }, input, {
    id: wamid,
    seconds,
    mediaId: String(randomInt(10 ** 14, 2 ** 47)),
    quotedFrom: quotedByUs ? (customer.waId ?? '') : number.digits,
  })
  show(world, pair, wamid, input, seconds * 1000)
  openWindow(world, pair, seconds * 1000)
  emitMessage(
    world,
    deliveries,
    { number, pair, wamid },
    { contacts: [contactOf(customer)], messages: [message] },
  )
  world.changed()
  return { wamid }
}

/** The customer looks at the thread: every business message on the phone is read. */
export const readAll = (
  world: World,
  deliveries: Deliveries,
  customer: CustomerState,
  phoneNumberId: string,
) => {
  const number = numberOf(world, phoneNumberId)
  const pair = pairKey(phoneNumberId, customer.key)
  const unread = world.unread.get(pair) ?? []
  world.unread.delete(pair)
  for (const wamid of unread) {
    const message = world.byWamid.get(wamid)?.message
    if (message === undefined || message.status === 'read') continue
    message.status = 'read'
    tellRead(world, deliveries, { number, customer, digits: digitsFor(customer), pair, message })
  }
  world.changed()
}

const systemOf = (customer: CustomerState, next: { phone?: string; userId?: string }): Json => {
  const shared = next.phone !== undefined && !customer.phoneHidden
  return {
    type: shared ? 'user_changed_number' : 'user_changed_user_id',
    ...(shared && {
      body: `User ${customer.name ?? ''} changed from ${customer.waId ?? ''} to ${digitsOf(next.phone ?? '')}`,
      wa_id: digitsOf(next.phone ?? ''),
    }),
    ...(next.userId !== undefined && { user_id: next.userId }),
    ...(customer.userId !== null && { previous_user_id: customer.userId }),
  }
}

/** New phone and user id; each number the customer talked to gets one `system` message, without contacts. */
export const changeIdentity = (
  world: World,
  deliveries: Deliveries,
  customer: CustomerState,
  next: { phone?: string; userId?: string },
) => {
  const system = systemOf(customer, next)
  const from = system['type'] === 'user_changed_number' ? senderOf(customer) : {}
  for (const number of world.numbers.values()) {
    const pair = pairKey(number.phoneNumberId, customer.key)
    if (!world.threads.has(pair)) continue
    const wamid = makeWamid(digitsFor(customer), 'in')
    const timestamp = String(Math.floor(world.time.now() / 1000))
    const message = { ...from, id: wamid, timestamp, type: 'system', system }
    emitMessage(world, deliveries, { number, pair, wamid }, { messages: [message] })
  }
  for (const alias of [customer.phone, customer.waId, customer.userId]) {
    if (alias !== null) world.aliases.delete(alias)
  }
  if (next.phone !== undefined) customer.phone = customer.waId = digitsOf(next.phone)
  if (next.userId !== undefined) customer.userId = next.userId
  registerAliases(world, customer)
  world.changed()
}

/** Reads through to the kept state, so that later changes show. */
const liveView = (customer: CustomerState): CustomerState => Object.create(customer) as CustomerState

/** The customer with its verbs. */
export const customerHandle = (world: World, deliveries: Deliveries, spec: CustomerSpec): Customer => {
  const customer = addCustomer(world, spec)
  return Object.assign(liveView(customer), {
    write: (input: WriteInput) => writeMessage(world, deliveries, customer, input),
    readAll: (phoneNumberId: string) => readAll(world, deliveries, customer, phoneNumberId),
    changeIdentity: (next: { phone?: string; userId?: string }) =>
      changeIdentity(world, deliveries, customer, next),
  })
}
