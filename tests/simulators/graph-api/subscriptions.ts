import { randomInt } from 'node:crypto'
import { GraphRefusal, invalidParameter, messagingError } from './errors.ts'
import type { GraphCall, Route } from './graph-route.ts'
import { numberOf } from './messages.ts'
import { accountOf } from './nodes.ts'
import type { World } from './state.ts'
import type { Json } from './types.ts'

const REGISTER_LIMIT = 10
const REGISTER_SPAN_MS = 72 * 3_600_000

/** The GET verification of a callback; true when it answered 200 with our challenge. */
export const verifyCallback = async (world: World, url: string, verifyToken: string): Promise<boolean> => {
  const target = new URL(url)
  const challenge = String(randomInt(100_000_000, 2_000_000_000))
  target.searchParams.set('hub.mode', 'subscribe')
  target.searchParams.set('hub.challenge', challenge)
  target.searchParams.set('hub.verify_token', verifyToken)
  try {
    const response = await (world.options.deliver ?? fetch)(new Request(target))
    return response.status === 200 && (await response.text()) === challenge
  } catch {
    return false
  }
}

const override = async (world: World, body: Json): Promise<string | null> => {
  const url = body['override_callback_uri']
  if (url === undefined || url === '') return null
  if (typeof url !== 'string' || url.length > 200 || !URL.canParse(url))
    throw invalidParameter('Invalid parameter override_callback_uri')
  if (!(await verifyCallback(world, url, String(body['verify_token'] ?? '')))) {
    throw new GraphRefusal(400, {
      message:
        '(#2200) Callback verification failed with the following errors: HTTP Status Code or challenge',
      code: 2200,
    })
  }
  return url
}

const subscribe = async (world: World, call: GraphCall): Promise<Json> => {
  const account = accountOf(world, call)
  if (call.method === 'DELETE') account.subscribed = false
  if (call.method === 'POST') {
    const wantsOverride = call.body['override_callback_uri'] !== undefined
    if (wantsOverride && !account.subscribed)
      throw invalidParameter(
        'Before override the current callback uri, your app must be subscribed to receive messages for WhatsApp Business Account',
      )
    account.overrideUrl = await override(world, call.body)
    account.subscribed = true
  }
  if (call.method !== 'GET') return { success: true }
  const app = {
    id: world.options.appId,
    link: `https://www.facebook.com/games/?app_id=${world.options.appId}`,
    name: 'WASync',
  }
  const item = {
    whatsapp_business_api_data: app,
    ...(account.overrideUrl !== null && { override_callback_uri: account.overrideUrl }),
  }
  return { data: account.subscribed ? [item] : [] }
}

/** `POST·GET·DELETE /{waba}/subscribed_apps`. */
export const subscribedAppsRoute = (world: World): Route => ({
  name: () => 'subscribed_apps',
  handle: (call) => subscribe(world, call),
})

const register = (world: World, call: GraphCall): Json => {
  const number = numberOf(world, call)
  const { messaging_product: product, pin } = call.body
  if (product !== 'whatsapp') throw invalidParameter('The parameter messaging_product is required.')
  if (typeof pin !== 'string' || !/^\d{6}$/.test(pin))
    throw invalidParameter('Param pin must be exactly 6 digits.')
  const now = world.time.now()
  number.registerCalls = number.registerCalls.filter((at) => at > now - REGISTER_SPAN_MS)
  if (number.registerCalls.length >= REGISTER_LIMIT) throw messagingError(133016)
  number.registerCalls.push(now)
  if (number.pin !== null && number.pin !== pin) throw messagingError(133005)
  number.pin = pin
  number.registered = true
  return { success: true }
}

/** `POST /{pnid}/register`: the first call sets the PIN, later ones must know it; ten in 72 hours. */
export const registerRoute = (world: World): Route => ({
  name: () => 'register',
  handle: (call) => register(world, call),
})

const configure = async (world: World, call: GraphCall): Promise<Json> => {
  const number = numberOf(world, call)
  const { webhook_configuration: webhook, pin } = call.body
  if (typeof pin === 'string' && /^\d{6}$/.test(pin)) number.pin = pin
  else if (typeof webhook === 'object' && webhook !== null)
    number.overrideUrl = await override(world, { ...webhook })
  else throw invalidParameter('Invalid parameter')
  return { success: true }
}

/** `POST /{pnid}`: the PIN, or the number's own webhook. */
export const configureNumberRoute = (world: World): Route => ({
  name: () => 'number',
  handle: (call) => configure(world, call),
})
