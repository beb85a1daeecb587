import { badToken, GraphRefusal } from './errors.ts'
import { digitsOf, type World } from './state.ts'
import type { Account, AccountSpec, NumberSpec, NumberState, TokenState } from './types.ts'

export const SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging', 'public_profile']

const numberState = (wabaId: string, spec: NumberSpec, before: NumberState | undefined): NumberState => ({
  registered: spec.registered ?? true,
  pin: null,
  registerCalls: [],
  overrideUrl: null,
  freeMonth: '',
  freeUsed: 0,
  ...before,
  phoneNumberId: spec.phoneNumberId,
  wabaId,
  displayPhoneNumber: spec.displayPhoneNumber,
  digits: digitsOf(spec.displayPhoneNumber),
  verifiedName: spec.verifiedName,
  onBizApp: spec.onBizApp ?? false,
  messagesPerSecond: spec.messagesPerSecond ?? (spec.onBizApp === true ? 20 : 80),
  allowedRecipients: spec.allowedRecipients?.map(digitsOf) ?? null,
})

const grant = (world: World, spec: AccountSpec) => {
  const before = world.tokens.get(spec.token)
  const asked = [...new Set([...(before?.accounts ?? []), spec.wabaId, ...(spec.otherAccounts ?? [])])]
  world.tokens.set(spec.token, {
    token: spec.token,
    accounts: spec.grantsAll === true ? null : asked,
    scopes: spec.scopes ?? SCOPES,
    appId: spec.issuedToAppId ?? world.options.appId,
    expiresAt: spec.expiresAt ?? 0,
    revoked: before?.revoked ?? false,
    userId: `1220${spec.wabaId.slice(-11)}`,
  })
}

/** Adds an account with its numbers, or updates it; a token already known grants this account in addition. */
export const addAccount = (world: World, spec: AccountSpec): Account => {
  const account: Account = world.accounts.get(spec.wabaId) ?? {
    wabaId: spec.wabaId,
    name: spec.name ?? spec.numbers[0]?.verifiedName ?? 'Account',
    businessId: `5060${spec.wabaId.slice(-11)}`,
    numbers: [],
    subscribed: false,
    overrideUrl: null,
  }
  world.accounts.set(spec.wabaId, account)
  for (const number of spec.numbers) {
    const before = world.numbers.get(number.phoneNumberId)
    world.numbers.set(number.phoneNumberId, numberState(spec.wabaId, number, before))
    if (!account.numbers.includes(number.phoneNumberId)) account.numbers.push(number.phoneNumberId)
  }
  grant(world, spec)
  world.changed()
  return account
}

/** The token behind a request; 104 without one, 190 for one that does not work. */
export const authenticate = (world: World, token: string | null): TokenState => {
  if (token === null || token === '') {
    throw new GraphRefusal(401, {
      message: 'An access token is required to request this resource.',
      code: 104,
    })
  }
  const known = world.tokens.get(token)
  if (known === undefined) throw badToken('Invalid OAuth access token - Cannot parse access token')
  if (known.revoked) throw badToken('Error validating access token: The session is invalid.', 467)
  if (isExpired(world, known)) {
    throw badToken('Error validating access token: Session has expired.', 463)
  }
  return known
}

/** Whether its time is over. */
export const isExpired = (world: World, token: TokenState) =>
  token.expiresAt !== 0 && token.expiresAt * 1000 <= world.time.now()

/** Whether this token was granted this account. */
export const grants = (token: TokenState, wabaId: string) =>
  token.accounts === null || token.accounts.includes(wabaId)

/** Code 10 when the permission was not granted. */
export const requireScope = (token: TokenState, scope: string) => {
  if (token.scopes.includes(scope)) return
  throw new GraphRefusal(403, {
    message: '(#10) Application does not have permission for this action',
    code: 10,
  })
}
