import { grants, isExpired, requireScope } from './accounts.ts'
import { badToken, invalidParameter } from './errors.ts'
import { type GraphCall, refuseUnknown, type Route, tokenOf } from './graph-route.ts'
import type { World } from './state.ts'
import type { Account, Json, NumberState } from './types.ts'

const NUMBER_DEFAULTS =
  'verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput,last_onboarded_time,webhook_configuration'
const ACCOUNT_DEFAULTS = 'name,timezone_id,message_template_namespace'

const available = (type: string, id: string): Json => ({
  entity_type: type,
  id,
  can_send_message: 'AVAILABLE',
})

const health = (world: World, account: Account | undefined, entities: Json[]): Json => ({
  can_send_message: 'AVAILABLE',
  entities: [
    ...entities,
    available('BUSINESS', account?.businessId ?? '0'),
    available('APP', world.options.appId),
  ],
})

const numberFields = (world: World, number: NumberState): Json => ({
  id: number.phoneNumberId,
  display_phone_number: number.displayPhoneNumber,
  verified_name: number.verifiedName,
  status: number.registered ? 'CONNECTED' : 'PENDING',
  quality_rating: 'GREEN',
  quality_score: { score: 'GREEN' },
  name_status: 'APPROVED',
  new_name_status: 'NONE',
  code_verification_status: 'VERIFIED',
  account_mode: number.allowedRecipients === null ? 'LIVE' : 'SANDBOX',
  platform_type: number.registered ? 'CLOUD_API' : 'NOT_APPLICABLE',
  throughput: { level: number.messagesPerSecond > 80 ? 'HIGH' : 'STANDARD' },
  is_on_biz_app: number.onBizApp,
  is_official_business_account: false,
  is_pin_enabled: number.pin !== null,
  last_onboarded_time: '2026-10-01T09:00:00+0000',
  webhook_configuration: {
    ...(number.overrideUrl !== null && { phone_number: number.overrideUrl }),
    application: world.options.webhookUrl,
  },
  health_status: health(world, world.accounts.get(number.wabaId), [
    available('PHONE_NUMBER', number.phoneNumberId),
    available('WABA', number.wabaId),
  ]),
  whatsapp_business_manager_messaging_limit: 'TIER_250',
})

const accountFields = (world: World, account: Account): Json => ({
  id: account.wabaId,
  name: account.name,
  currency: 'EUR',
  timezone_id: '1',
  country: 'MD',
  status: 'ACTIVE',
  account_review_status: 'APPROVED',
  business_verification_status: 'verified',
  ownership_type: 'CLIENT_OWNED',
  owner_business_info: { id: account.businessId, name: account.name },
  primary_funding_id: `77${account.wabaId}`,
  message_template_namespace: `ns_${account.wabaId}`,
  health_status: health(world, account, [available('WABA', account.wabaId)]),
  whatsapp_business_manager_messaging_limit: 'TIER_250',
})

/** `?fields=` picks; `id` always comes; a name that does not exist is refused with code 100. */
const pick = (all: Json, call: GraphCall, defaults: string, node: string): Json => {
  const asked = (call.query.get('fields') ?? defaults).replace(/\{[^}]*\}/g, '').split(',')
  const answer: Json = {}
  for (const name of asked.map((part) => part.trim()).filter((part) => part !== '')) {
    if (!(name in all))
      throw invalidParameter(`Tried accessing nonexisting field (${name}) on node type (${node})`)
    answer[name] = all[name]
  }
  return { ...answer, id: all['id'] }
}

/** An account this token was granted. */
export const accountOf = (world: World, call: GraphCall): Account => {
  const token = tokenOf(world, call)
  const account = world.accounts.get(call.id)
  if (account === undefined || !grants(token, account.wabaId)) return refuseUnknown(call)
  requireScope(token, 'whatsapp_business_management')
  return account
}

/** `GET /{waba}` and `GET /{pnid}`. */
export const nodeRoute = (world: World): Route => ({
  name: (call) => (world.numbers.has(call.id) ? 'number' : 'account'),
  handle: (call) => {
    const token = tokenOf(world, call)
    const number = world.numbers.get(call.id)
    if (number !== undefined && grants(token, number.wabaId)) {
      requireScope(token, 'whatsapp_business_management')
      return pick(numberFields(world, number), call, NUMBER_DEFAULTS, 'WhatsAppBusinessPhoneNumber')
    }
    return pick(
      accountFields(world, accountOf(world, call)),
      call,
      ACCOUNT_DEFAULTS,
      'WhatsAppBusinessAccount',
    )
  },
})

/** `GET /{waba}/phone_numbers`, paged by `limit` and `after`. */
export const phoneNumbersRoute = (world: World): Route => ({
  name: () => 'phone_numbers',
  handle: (call) => {
    const account = accountOf(world, call)
    const limit = Math.max(1, Math.min(100, Number(call.query.get('limit') ?? 25) || 25))
    const after = call.query.get('after')
    const start = after === null ? 0 : account.numbers.indexOf(after) + 1
    const ids = account.numbers.slice(start, start + limit)
    const data = ids.flatMap((id) => {
      const number = world.numbers.get(id)
      if (number === undefined) return []
      return [pick(numberFields(world, number), call, NUMBER_DEFAULTS, 'WhatsAppBusinessPhoneNumber')]
    })
    const last = ids.at(-1)
    if (last === undefined) return { data }
    const next = new URL(
      `${world.options.origin}/v25.0/${account.wabaId}/phone_numbers?${call.query.toString()}`,
    )
    next.searchParams.delete('access_token')
    next.searchParams.set('after', last)
    const more = start + limit < account.numbers.length
    return { data, paging: { cursors: { before: ids[0], after: last }, ...(more && { next: next.href }) } }
  },
})

/** `GET /debug_token`: asked with the app token, tells what another token is good for. */
export const debugTokenRoute = (world: World): Route => ({
  name: () => 'debug_token',
  handle: (call) => {
    const { appId, appSecret } = world.options
    if (call.bearer !== `${appId}|${appSecret}`) tokenOf(world, call)
    const input = call.query.get('input_token')
    if (input === null || input === '') throw invalidParameter('The parameter input_token is required')
    const token = world.tokens.get(input)
    if (token === undefined) return invalid(badToken('The access token could not be decrypted'))
    const about = {
      app_id: token.appId,
      type: 'SYSTEM_USER',
      application: 'WASync',
      expires_at: token.expiresAt,
      data_access_expires_at: 0,
      issued_at: 1_764_000_000,
      scopes: token.scopes,
      user_id: token.userId,
    }
    const targets = token.accounts === null ? {} : { target_ids: token.accounts }
    const granular = token.scopes.filter((scope) => scope.startsWith('whatsapp_'))
    const dead = token.revoked
      ? badToken('Error validating access token: The session is invalid.', 467)
      : isExpired(world, token)
        ? badToken('Error validating access token: Session has expired.', 463)
        : null
    if (dead !== null) return invalid(dead, about)
    return {
      data: {
        ...about,
        is_valid: true,
        granular_scopes: granular.map((scope) => ({ scope, ...targets })),
      },
    }
  },
})

const invalid = (error: ReturnType<typeof badToken>, about: Json = { scopes: [] }): Json => {
  const { code, message } = error
  return { data: { ...about, error: { code, message }, is_valid: false } }
}
