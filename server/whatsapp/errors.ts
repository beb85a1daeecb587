/** Why a message was not sent, in the words callers know; the widget words each of them. */
export type FailCode =
  | 'no_whatsapp'
  | 'window_closed'
  | 'too_long'
  | 'limit'
  | 'declined'
  | 'temporary'
  | 'restricted'
  | 'payment'
  | 'token'
  | 'account'
  | 'blocked'
  | 'invalid'
  | 'channel_disconnected'
  | 'other'

/** What happens next: repeat by ourselves, by hand now, later or after a fix, never, or hold the number until its token is renewed. */
export type Next = 'repeat' | 'by-hand' | 'after-day' | 'after-fix' | 'never' | 'hold'
/** Who can do something about it. */
export type Who = 'nobody' | 'rep' | 'admin' | 'operator'
export type Verdict = { code: FailCode; next: Next; who: Who; delaysMs: readonly number[] }

const SECOND = 1000
const seconds = (...list: number[]): number[] => list.map((one) => one * SECOND)

// Together at most two minutes, as long as a later message may have to wait for an earlier one.
const SOON = seconds(1, 2, 5, 10, 20, 30, 40)
const FEW = seconds(2, 10)
const ONCE = seconds(5)
const PAIR = seconds(1, 4, 16, 64)
const MAINTENANCE = seconds(60, 45)
const CALL_LIMIT = seconds(5, 15, 30, 60)

const repeat = (delaysMs: number[]): Verdict => ({
  code: 'temporary',
  next: 'repeat',
  who: 'nobody',
  delaysMs,
})
const verdict = (next: Next, who: Who) => (code: FailCode) => ({ code, next, who, delaysMs: [] })
const never = verdict('never', 'rep')
const byHand = verdict('by-hand', 'rep')
const afterFix = verdict('after-fix', 'admin')
const ours = verdict('after-fix', 'operator')
const afterDay = verdict('after-day', 'rep')
const hold: Verdict = { code: 'token', next: 'hold', who: 'admin', delaysMs: [] }

type Row = readonly [from: number, to: number, verdict: Verdict]
const one = (code: number, said: Verdict): Row => [code, code, said]

// whatsapp-cloud-api error codes (developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes):
// Y repeats with back-off, L by hand later, N never, A after the account was put right.
const ROWS: readonly Row[] = [
  one(0, hold),
  one(1, repeat(ONCE)),
  one(2, repeat(SOON)),
  one(3, afterFix('account')),
  one(4, repeat(CALL_LIMIT)),
  one(10, afterFix('account')),
  one(17, repeat(CALL_LIMIT)),
  one(32, repeat(CALL_LIMIT)),
  one(33, never('invalid')),
  one(100, never('invalid')),
  one(104, ours('account')),
  one(190, hold),
  [200, 299, afterFix('account')],
  one(368, afterFix('restricted')),
  one(613, repeat(CALL_LIMIT)),
  one(80007, repeat(CALL_LIMIT)),
  one(130403, never('blocked')),
  one(130429, repeat(SOON)),
  one(130472, never('declined')),
  one(130497, never('restricted')),
  one(131000, repeat(FEW)),
  one(131005, afterFix('account')),
  [131008, 131009, never('invalid')],
  one(131016, repeat(SOON)),
  [131020, 131021, never('invalid')],
  one(131026, never('no_whatsapp')),
  one(131030, afterFix('account')),
  one(131031, afterFix('account')),
  one(131037, afterFix('account')),
  one(131041, never('invalid')),
  one(131042, afterFix('payment')),
  one(131044, afterFix('payment')),
  one(131045, afterFix('account')),
  one(131047, never('window_closed')),
  one(131048, byHand('restricted')),
  one(131049, afterDay('declined')),
  one(131050, never('declined')),
  one(131051, never('invalid')),
  one(131052, byHand('other')),
  one(131053, never('invalid')),
  one(131055, never('invalid')),
  one(131056, repeat(PAIR)),
  one(131057, repeat(MAINTENANCE)),
  one(131059, byHand('other')),
  one(131060, never('other')),
  one(131062, never('invalid')),
  one(131063, afterFix('account')),
  one(131064, byHand('limit')),
  [131201, 131215, never('invalid')],
  [132000, 132001, never('invalid')],
  one(132005, never('too_long')),
  [132007, 132008, never('invalid')],
  one(132012, never('invalid')),
  [132015, 132016, afterFix('account')],
  one(132018, never('invalid')),
  one(132068, afterFix('account')),
  one(132069, byHand('limit')),
  one(133000, byHand('other')),
  one(133004, repeat(SOON)),
  [133005, 133006, afterFix('account')],
  [133008, 133009, byHand('account')],
  one(133010, afterFix('account')),
  one(133015, byHand('account')),
  one(133016, byHand('limit')),
  one(134011, afterFix('payment')),
  one(134100, never('invalid')),
  one(134101, byHand('account')),
  one(134102, afterFix('account')),
  one(135000, never('invalid')),
  one(137000, afterFix('account')),
  [138000, 138024, never('other')],
  [139000, 139004, never('other')],
  [139100, 139103, never('other')],
  one(141006, afterFix('payment')),
  one(141010, afterFix('account')),
  [147001, 147005, never('other')],
  one(1752041, never('other')),
  one(2388019, afterFix('limit')),
  [2388023, 2388024, never('invalid')],
  [2388039, 2388040, never('invalid')],
  one(2388047, never('invalid')),
  [2388072, 2388073, never('invalid')],
  one(2388293, never('invalid')),
  one(2388299, never('invalid')),
  one(2388012, afterFix('account')),
  one(2388091, afterFix('account')),
  one(2388093, afterFix('account')),
  one(2388103, afterFix('account')),
  one(2494100, afterFix('account')),
  [2494164, 2494179, never('other')],
  [2593107, 2593109, never('other')],
]

/** What a WhatsApp error code means; a code we do not know was still a definite refusal, so a person may try again. */
export function verdictOf(remote: number): Verdict {
  return ROWS.find(([from, to]) => remote >= from && remote <= to)?.[2] ?? byHand('other')
}

const OWN: Record<FailCode, Next> = {
  no_whatsapp: 'never',
  window_closed: 'never',
  too_long: 'never',
  limit: 'by-hand',
  declined: 'after-day',
  temporary: 'by-hand',
  restricted: 'by-hand',
  payment: 'after-fix',
  token: 'after-fix',
  account: 'after-fix',
  blocked: 'never',
  invalid: 'never',
  channel_disconnected: 'after-fix',
  other: 'by-hand',
}

/** A kept error: WhatsApp's own number, or one of our words. */
export function failureOf(kept: string): { code: FailCode; next: Next } {
  if (/^\d+$/.test(kept)) return verdictOf(Number(kept))
  const code = Object.hasOwn(OWN, kept) ? (kept as FailCode) : 'other'
  return { code, next: OWN[code] }
}
