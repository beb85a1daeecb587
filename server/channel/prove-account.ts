import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { checkToken, phoneNumbers, type AccountNumber, type TokenFacts } from '../whatsapp/account.ts'
import type { GraphFailure } from '../whatsapp/client.ts'
import { verdictOf } from '../whatsapp/errors.ts'

export type AccountClaim = { wabaId: string; phoneNumberId: string; accessToken: string }
export type Proof =
  { ok: true; number: AccountNumber } | { ok: false; reason: 'token_refused' | 'wrong_account' }

const SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging']

/** Asks Meta whether this token is ours, good, and reaches this account and number. Throws `whatsapp_unreachable` when Meta does not say. */
export async function proveAccount(deps: Deps, claim: AccountClaim): Promise<Proof> {
  const { wabaId, phoneNumberId, accessToken: token } = claim
  const facts = await checkToken(deps, token)
  if (!facts.ok) return { ok: false, reason: reasonOf(facts.failure) }
  const refused = judge(deps, facts.data, wabaId)
  if (refused) return { ok: false, reason: refused }
  const numbers = await phoneNumbers(deps, { wabaId, token })
  if (!numbers.ok) return { ok: false, reason: reasonOf(numbers.failure) }
  const number = numbers.data.find(({ id }) => id === phoneNumberId)
  return number ? { ok: true, number } : { ok: false, reason: 'wrong_account' }
}

/** What a refused Graph call says about a token. Throws when it was no refusal. */
export function reasonOf(failure: GraphFailure): 'token_refused' | 'wrong_account' {
  if (failure.kind !== 'refused' || verdictOf(failure.code).next === 'repeat')
    throw new AppError('whatsapp_unreachable', 'WhatsApp did not answer. Try again in a minute.')
  const { code } = failure
  return code === 100 || code === 33 || code === 10 || (code >= 200 && code < 300)
    ? 'wrong_account'
    : 'token_refused'
}

// `target_ids` is missing where the grant covers every account; the list of numbers decides then.
function judge(deps: Deps, facts: TokenFacts, wabaId: string): 'token_refused' | 'wrong_account' | null {
  const { appId } = deps.config.meta
  const expired = facts.expires_at !== 0 && facts.expires_at * 1000 <= deps.clock.now()
  if (!facts.is_valid || facts.app_id !== appId || expired) return 'token_refused'
  const granted = facts.granular_scopes
  const has = (scope: string) => facts.scopes.includes(scope) || granted.some((one) => one.scope === scope)
  if (!SCOPES.every(has)) return 'token_refused'
  const reaches = SCOPES.every((scope) => {
    const targets = granted.find((one) => one.scope === scope)?.target_ids
    return targets === undefined || targets.includes(wabaId)
  })
  return reaches ? null : 'wrong_account'
}
