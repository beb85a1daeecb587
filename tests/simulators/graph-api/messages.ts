import { grants, requireScope } from './accounts.ts'
import { checkMessage, type SendType } from './check-message.ts'
import { findCustomer } from './customers.ts'
import type { Deliveries } from './deliveries.ts'
import { invalidParameter, messagingError } from './errors.ts'
import { type GraphCall, isJson, refuseUnknown, type Route, tokenOf } from './graph-route.ts'
import { withinPairRate, withinThroughput } from './rates.ts'
import { addToThread, digitsOf, pairKey, type World } from './state.ts'
import { failLater, sendStatuses } from './statuses.ts'
import type { CustomerState, Json, NumberState, SendRecord, ThreadMessage } from './types.ts'
import { makeWamid } from './wamid.ts'
import { isWindowOpen } from './window.ts'

const asString = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const textOf = (body: Json): string | null => {
  const type = asString(body['type']) ?? 'text'
  const content = body[type]
  if (!isJson(content)) return null
  const inner = isJson(content['body']) ? content['body']['text'] : content['body']
  return asString(inner ?? content['caption'] ?? content['emoji'] ?? content['name'])
}

const record = (world: World, call: GraphCall, result: Pick<SendRecord, 'wamid' | 'error'>) => {
  const { body } = call
  const callbackData = asString(body['biz_opaque_callback_data'])
  world.sends.push({
    at: world.time.now(),
    phoneNumberId: call.id,
    to: asString(body['to']) ?? asString(body['recipient']),
    type: asString(body['type']) ?? 'text',
    text: textOf(body),
    callbackData,
    ...result,
  })
  if (result.wamid !== null && callbackData !== null) {
    world.accepted.set(callbackData, (world.accepted.get(callbackData) ?? 0) + 1)
  }
}

/** The number of the path, if this token may use it. */
export const numberOf = (world: World, call: GraphCall): NumberState => {
  const token = tokenOf(world, call)
  const number = world.numbers.get(call.id)
  if (number === undefined || !grants(token, number.wabaId)) return refuseUnknown(call)
  requireScope(token, 'whatsapp_business_messaging')
  return number
}

interface Recipient {
  /** `null`: nobody with this address is on WhatsApp. */
  customer: CustomerState | null
  digits: string
  byUserId: boolean
  answer: Json
}

/** `to` wins over `recipient`; the answer echoes the input as it was given. */
const recipientOf = (world: World, body: Json): Recipient => {
  const to = asString(body['to'])
  if (to === null) {
    const input = asString(body['recipient']) ?? ''
    if (!/^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(input))
      throw messagingError(131009, 'Parameter recipient is not a valid user id.')
    const customer = findCustomer(world, input)
    return { customer, digits: digitsOf(input), byUserId: true, answer: { input, user_id: input } }
  }
  if (!/^\+?[\d\s()-]+$/.test(to) || !/^\d{5,20}$/.test(digitsOf(to)))
    throw messagingError(131009, 'Parameter to is not a valid phone number.')
  const customer = findCustomer(world, digitsOf(to))
  const digits = customer?.waId ?? digitsOf(to)
  return { customer, digits, byUserId: false, answer: { input: to, wa_id: digits } }
}

const checkLimits = (world: World, number: NumberState, recipient: Recipient, pair: string) => {
  if (!number.registered) throw messagingError(133010)
  if (recipient.digits === number.digits) throw messagingError(131021)
  const allowed = number.allowedRecipients
  if (allowed !== null && !allowed.includes(recipient.customer?.phone ?? recipient.digits))
    throw messagingError(131030)
  if (!withinThroughput(world, number.phoneNumberId, number.messagesPerSecond)) throw messagingError(130429)
  if (!withinPairRate(world, pair)) throw messagingError(131056)
}

const quoted = (world: World, body: Json, pair: string): string | null => {
  const id = isJson(body['context']) ? asString(body['context']['message_id']) : null
  // An unknown quote is sent without it.
  return id !== null && world.byWamid.get(id)?.pair === pair ? id : null
}

const checkReaction = (world: World, type: SendType, body: Json, pair: string) => {
  if (type !== 'reaction' || !isJson(body['reaction'])) return
  const target = world.byWamid.get(String(body['reaction']['message_id']))
  if (target?.pair !== pair || target.message.kind === 'reaction') throw messagingError(131009)
}

const send = async (world: World, deliveries: Deliveries, call: GraphCall): Promise<Json> => {
  const number = numberOf(world, call)
  const { body } = call
  const type = checkMessage(body)
  const recipient = recipientOf(world, body)
  const pair = pairKey(number.phoneNumberId, recipient.customer?.key ?? recipient.digits)
  checkReaction(world, type, body, pair)
  checkLimits(world, number, recipient, pair)
  const wamid = makeWamid(recipient.digits, 'out')
  record(world, call, { wamid, error: null })
  const message: ThreadMessage = {
    id: wamid,
    from: 'business',
    kind: type,
    text: textOf(body) ?? '',
    at: world.time.now(),
    status: 'pending',
    replyTo: quoted(world, body, pair),
    callbackData: asString(body['biz_opaque_callback_data']),
    byUserId: recipient.byUserId,
  }
  const sent = { number, customer: recipient.customer, digits: recipient.digits, pair, message }
  if (recipient.customer === null) void failLater(world, deliveries, sent, 131026)
  else if (!isWindowOpen(world, pair)) void failLater(world, deliveries, sent, 131047)
  else {
    addToThread(world, pair, message)
    const told = sendStatuses(world, deliveries, sent)
    if (world.statuses.mode === 'before-answer') await told
  }
  return { messaging_product: 'whatsapp', contacts: [recipient.answer], messages: [{ id: wamid }] }
}

const markRead = (world: World, call: GraphCall): Json => {
  const number = numberOf(world, call)
  const id = asString(call.body['message_id'])
  if (call.body['messaging_product'] !== 'whatsapp')
    throw invalidParameter('The parameter messaging_product is required.')
  if (call.body['status'] !== 'read') throw invalidParameter('Param status must be one of {READ}.')
  const found = id === null ? undefined : world.byWamid.get(id)
  if (id === null || found?.message.from !== 'customer' || !found.pair.startsWith(`${number.phoneNumberId}:`))
    throw messagingError(131009, 'Message id is not valid.')
  world.reads.push({ at: world.time.now(), phoneNumberId: number.phoneNumberId, messageId: id })
  const thread = world.threads.get(found.pair) ?? []
  // Earlier messages are read with it; everything before a read one is read already.
  for (let i = thread.lastIndexOf(found.message); i >= 0; i -= 1) {
    const message = thread[i]
    if (message?.from !== 'customer') continue
    if (message.status === 'read') break
    message.status = 'read'
  }
  return { success: true }
}

const isReceipt = (call: GraphCall) => call.body['status'] !== undefined

/** `POST /{pnid}/messages`: a send (never idempotent) or a read receipt. */
export const messagesRoute = (world: World, deliveries: Deliveries): Route => ({
  name: (call) => (isReceipt(call) ? 'read' : 'messages'),
  handle: (call) => (isReceipt(call) ? markRead(world, call) : send(world, deliveries, call)),
  onRefused: (call, error) => {
    if (!isReceipt(call)) record(world, call, { wamid: null, error })
  },
})
