import { checkInteractive } from './check-interactive.ts'
import { invalidParameter, messagingError } from './errors.ts'
import { isJson } from './graph-route.ts'
import type { Json } from './types.ts'

const TOP = new Set([
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'type',
  'context',
  'biz_opaque_callback_data',
  'recipient_identity_key_hash',
  'messaging_account_id',
  'message_send_ttl_seconds',
])
const TYPES = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'interactive',
  'template',
] as const
export type SendType = (typeof TYPES)[number]

const isSendType = (value: unknown): value is SendType => TYPES.some((type) => type === value)

const text = (body: Json) => {
  for (const key of Object.keys(body)) {
    if (key !== 'body' && key !== 'preview_url')
      throw invalidParameter(`Unexpected key "${key}" on param "text".`)
  }
  const value = body['body']
  if (typeof value !== 'string' || value.trim() === '')
    throw invalidParameter("The parameter text['body'] is required.")
  if (value.length > 4096) throw invalidParameter("Param text['body'] must be at most 4096 characters long.")
  if (body['preview_url'] !== undefined && typeof body['preview_url'] !== 'boolean')
    throw invalidParameter("Param text['preview_url'] must be a boolean.")
}

const media = (type: string) => (body: Json) => {
  const { id, link, caption } = body
  if ((id === undefined) === (link === undefined))
    throw invalidParameter(`The parameter ${type} needs exactly one of "id" and "link".`)
  // Nothing can be uploaded to this simulator, so every id is unknown.
  if (id !== undefined)
    throw messagingError(131009, `${String(id)} is not a valid whatsapp business account media attachment ID`)
  if (typeof link !== 'string' || !/^https?:\/\//.test(link))
    throw messagingError(131009, `Param ${type}['link'] is not a valid URI.`)
  if (caption === undefined) return
  if (type === 'audio' || type === 'sticker')
    throw invalidParameter(`Unexpected key "caption" on param "${type}".`)
  if (typeof caption !== 'string' || caption.length > 1024)
    throw invalidParameter(`Param ${type}['caption'] must be at most 1024 characters long.`)
}

const location = (body: Json) => {
  const latitude = Number(body['latitude'])
  const longitude = Number(body['longitude'])
  if (body['latitude'] === undefined || body['longitude'] === undefined)
    throw messagingError(131008, "Parameters location['latitude'] and location['longitude'] are required.")
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
    throw messagingError(131009, 'Location is out of range.')
}

const reaction = (body: Json) => {
  if (typeof body['message_id'] !== 'string')
    throw messagingError(131008, "Parameter reaction['message_id'] is required.")
  if (typeof body['emoji'] !== 'string')
    throw messagingError(131008, "Parameter reaction['emoji'] is required.")
}

const template = (body: Json) => {
  const language = body['language']
  if (typeof body['name'] !== 'string')
    throw messagingError(131008, "Parameter template['name'] is required.")
  if (!isJson(language) || typeof language['code'] !== 'string')
    throw messagingError(131008, "Parameter template['language']['code'] is required.")
  // No template was ever created here.
  throw messagingError(132001, `template name (${body['name']}) does not exist in ${language['code']}`)
}

const contacts = (list: unknown[]) => {
  if (list.length < 1 || list.length > 257) throw messagingError(131009, 'Between 1 and 257 contacts.')
  for (const item of list) {
    const name = isJson(item) ? item['name'] : null
    if (!isJson(name) || typeof name['formatted_name'] !== 'string' || Object.keys(name).length < 2)
      throw messagingError(131008, 'A contact needs name.formatted_name and one more part of the name.')
  }
}

const CHECKS: Record<Exclude<SendType, 'contacts'>, (body: Json) => void> = {
  text,
  image: media('image'),
  video: media('video'),
  audio: media('audio'),
  document: media('document'),
  sticker: media('sticker'),
  location,
  reaction,
  interactive: checkInteractive,
  template,
}

const checkEnvelope = (body: Json, type: SendType) => {
  for (const key of Object.keys(body)) {
    if (!TOP.has(key) && key !== type) throw invalidParameter(`Unexpected key "${key}" on param.`)
  }
  const { to, recipient, context, biz_opaque_callback_data: callback } = body
  if (to === undefined && recipient === undefined) throw messagingError(131008, "Parameter 'to' is missing.")
  for (const value of [to, recipient]) {
    if (value !== undefined && typeof value !== 'string') throw invalidParameter('Param to must be a string.')
  }
  if (context !== undefined && (!isJson(context) || typeof context['message_id'] !== 'string'))
    throw invalidParameter("The parameter context['message_id'] is required.")
  if (callback !== undefined && (typeof callback !== 'string' || callback.length > 512))
    throw invalidParameter('Param biz_opaque_callback_data must be at most 512 characters long.')
  if (!['individual', undefined].some((allowed) => allowed === body['recipient_type']))
    throw invalidParameter('Param recipient_type must be one of {INDIVIDUAL}.')
}

/** Refuses a send that Meta would refuse at once; answers its type. */
export const checkMessage = (body: Json): SendType => {
  if (body['messaging_product'] === undefined)
    throw invalidParameter('The parameter messaging_product is required.')
  if (body['messaging_product'] !== 'whatsapp')
    throw invalidParameter('Param messaging_product must be one of {WHATSAPP}.')
  const type = body['type'] ?? 'text'
  if (!isSendType(type)) {
    const allowed = TYPES.map((name) => name.toUpperCase()).join(', ')
    throw invalidParameter(`Param type must be one of {${allowed}} - got "${String(type)}".`)
  }
  checkEnvelope(body, type)
  const content = body[type]
  if (type === 'contacts') {
    if (!Array.isArray(content)) throw messagingError(131008, `Parameter '${type}' is missing.`)
    contacts(content)
  } else {
    if (!isJson(content)) throw messagingError(131008, `Parameter '${type}' is missing.`)
    CHECKS[type](content)
  }
  return type
}
