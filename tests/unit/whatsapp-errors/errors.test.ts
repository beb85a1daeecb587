import { describe, expect, it } from 'vitest'
import { failureOf, verdictOf, type FailCode, type Next } from '#server/whatsapp/errors.ts'
import { FAIL_WORDS } from '#server/whatsapp/fail-words.ts'

// Every row of Meta's error table, with what it asks for: Y repeats, L and A are for a person, N is final.
const TABLE: [codes: number[], next: Next, code: FailCode][] = [
  [[0, 190], 'hold', 'token'],
  [[1, 2, 4, 17, 32, 613, 80007], 'repeat', 'temporary'],
  [[130429, 131000, 131016, 131056, 131057, 133004], 'repeat', 'temporary'],
  [[3, 10, 200, 250, 299, 131005, 131030, 131031, 131037, 131045], 'after-fix', 'account'],
  [[104, 131063, 132015, 132016, 132068, 133005, 133006, 133010], 'after-fix', 'account'],
  [[134102, 137000, 141010, 2388012, 2388091, 2388093, 2388103, 2494100], 'after-fix', 'account'],
  [[368], 'after-fix', 'restricted'],
  [[131042, 131044, 134011, 141006], 'after-fix', 'payment'],
  [[2388019], 'after-fix', 'limit'],
  [[131048], 'by-hand', 'restricted'],
  [[131064, 132069, 133016], 'by-hand', 'limit'],
  [[133008, 133009, 133015, 134101], 'by-hand', 'account'],
  [[131052, 131059, 133000], 'by-hand', 'other'],
  [[131049], 'after-day', 'declined'],
  [[130403], 'never', 'blocked'],
  [[130472, 131050], 'never', 'declined'],
  [[130497], 'never', 'restricted'],
  [[131026], 'never', 'no_whatsapp'],
  [[131047], 'never', 'window_closed'],
  [[132005], 'never', 'too_long'],
  [[33, 100, 131008, 131009, 131020, 131021, 131041, 131051, 131053, 131055, 131062], 'never', 'invalid'],
  [[131201, 131207, 131215, 132000, 132001, 132007, 132008, 132012, 132018], 'never', 'invalid'],
  [[134100, 135000, 2388023, 2388024, 2388039, 2388040, 2388047], 'never', 'invalid'],
  [[2388072, 2388073, 2388293, 2388299], 'never', 'invalid'],
  [[131060, 138000, 138006, 138024, 139000, 139100, 139103, 147001, 147005], 'never', 'other'],
  [[1752041, 2494164, 2494179, 2593107, 2593109], 'never', 'other'],
]
const rows = TABLE.flatMap(([codes, next, code]) => codes.map((remote) => [remote, next, code] as const))

describe('the error table', () => {
  it.each(rows)('%i is %s, worded %s', (remote, next, code) => {
    expect(verdictOf(remote)).toMatchObject({ next, code })
  })

  it.each(rows.filter(([, next]) => next === 'repeat'))(
    '%i is repeated for at most two minutes',
    (remote) => {
      const { delaysMs } = verdictOf(remote)
      expect(delaysMs.length).toBeGreaterThan(0)
      expect(delaysMs.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(120_000)
    },
  )

  it('repeats a pair limit after powers of four, and maintenance after a minute at the earliest', () => {
    expect(verdictOf(131056).delaysMs).toEqual([1000, 4000, 16_000, 64_000])
    expect(verdictOf(131057).delaysMs[0]).toBeGreaterThanOrEqual(60_000)
  })

  it('repeats an unknown API error once', () => {
    expect(verdictOf(1).delaysMs).toHaveLength(1)
  })

  it('leaves a code nobody documented to a person', () => {
    expect(verdictOf(999_999)).toMatchObject({ next: 'by-hand', code: 'other' })
  })
})

it('reads both kinds of kept errors', () => {
  expect(failureOf('131026')).toMatchObject({ code: 'no_whatsapp', next: 'never' })
  expect(failureOf('channel_disconnected')).toMatchObject({ code: 'channel_disconnected', next: 'after-fix' })
  expect(failureOf('constructor')).toMatchObject({ code: 'other' })
})

it('has words for every reason', () => {
  for (const [, , code] of rows) expect(FAIL_WORDS[code]).toMatch(/^[A-Z].*\.$/)
})
