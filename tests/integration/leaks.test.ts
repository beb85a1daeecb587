import { afterAll, beforeAll, expect, test } from 'vitest'
import { flushCallLog } from '#server/bitrix/call-log.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'
import { createHarness, type Harness } from '../support/harness.ts'
import {
  NAME,
  NUMBER,
  PHONE,
  REPLY,
  tellLeakStory,
  TEXTS,
  TOKEN,
  USER,
  USER_ID,
  WABA,
  type Told,
} from '../support/leak-story.ts'
import { addPortal } from '../support/pages.ts'
import { dumpTables, followProbes, type Trail } from '../support/probe-trail.ts'
import { TEST_ENV } from '../support/test-config.ts'

let harness: Harness
let portal: Portal
let trail: Trail
let told: Told

beforeAll(async () => {
  harness = await createHarness()
  trail = followProbes(harness)
  portal = addPortal(harness)
  told = await tellLeakStory(harness, portal)
  await flushCallLog(harness.deps)
}, 60_000)
afterAll(() => harness.close())

/** What the OAuth server gave us: every pair that went over the wire. */
const oauthTokens = () =>
  trail.exchanges.flatMap((text) =>
    [...text.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)].map(([, token = '']) => token),
  )
const keyBytes = () => Buffer.from(TEST_ENV.ENCRYPTION_KEYS.split(':')[1] ?? '', 'base64url')
const secrets = () => [
  ...['LEAK_PROBE', ...oauthTokens(), ...told.handedOut, portal.applicationToken, TOKEN],
  ...[
    TEST_ENV.ENCRYPTION_KEYS.split(':')[1] ?? '',
    keyBytes().toString('hex'),
    keyBytes().toString('base64'),
  ],
]
// A wamid is base64 around the phone number: any of the three offsets tells it.
const inBase64 = [0, 1, 2].map((pad) =>
  Buffer.from(' '.repeat(pad) + PHONE)
    .toString('base64')
    .slice(pad === 0 ? 0 : 4, -4),
)
const personal = () => [
  ...[...TEXTS, REPLY, NAME, USER.name, USER.lastName, USER_ID, PHONE, PHONE.slice(1)],
  ...['+1 555', 'wamid.', ...told.wamids, ...inBase64],
]
const found = (text: string, probes: string[]) => [...new Set(probes)].filter((probe) => text.includes(probe))

test('the story happened: there is something to leak', async () => {
  expect(oauthTokens().length).toBeGreaterThan(3)
  expect(told.handedOut.length).toBeGreaterThan(3)
  expect(told.wamids.length).toBeGreaterThan(3)
  const dump = [...(await dumpTables(harness.database.superUrl, ['app'])).values()].join('\n')
  for (const text of [...TEXTS.slice(0, 2), REPLY, NAME, PHONE]) expect(dump).toContain(text)
  const events = harness.lines.map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events).toEqual(
    expect.arrayContaining(['request', 'request.failed', 'job', 'ingest', 'ingest.failed']),
  )
})

test('no log line holds a secret, a name, a text, a phone number or a wamid', () => {
  const bad = harness.lines.map((line) => ({ line, probes: found(line, [...secrets(), ...personal()]) }))
  expect(bad.filter(({ probes }) => probes.length > 0)).toEqual([])
})

test('no answer holds a secret, and only the conversations of the API hold what people wrote', () => {
  const own = new Set(told.handedOut)
  for (const { method, path, headers, body } of trail.answers) {
    const what = `${method} ${path}`
    const isOwn =
      path.startsWith('/api/session') || path.startsWith('/bitrix/') || path.startsWith('/placements/')
    const kept = secrets().filter((secret) => !(isOwn && own.has(secret)))
    expect(found(body + headers, kept), what).toEqual([])
    expect(found(headers, personal()), what).toEqual([])
    if (!/^\/api\/(?:conversations|channels|records|start-options|me|session)/.test(path))
      expect(found(body, personal()), what).toEqual([])
  }
})

test('no error repeats what it was given', () => {
  const errors = trail.answers.filter(({ status }) => status >= 400)
  expect(errors.length).toBeGreaterThan(10)
  for (const { method, path, status, body } of errors)
    expect(found(body, [...secrets(), ...personal()]), `${method} ${path} ${status}`).toEqual([])
})

test('no URL that is asked for holds a secret or anything personal', () => {
  for (const url of [...trail.urls, ...harness.bitrix.calls.map((call) => call.url)]) {
    const { pathname, search } = new URL(url)
    const text = decodeURIComponent(pathname + search)
    // Meta asks for the token that is to be examined in the query (Graph API, debug_token).
    const allowed = pathname.endsWith('/debug_token') ? [TOKEN, 'LEAK_PROBE'] : []
    expect(
      found(text, [...secrets(), ...personal()]).filter((probe) => !allowed.includes(probe)),
      pathname,
    ).toEqual([])
  }
})

test('metrics hold no secret, nobody’s name or number, and no id of a tenant', async () => {
  const metrics = await (await harness.request('/metrics')).text()
  expect(metrics).toContain('wasync_deliveries_total')
  expect(found(metrics, [...secrets(), ...personal(), portal.memberId, NUMBER, WABA])).toEqual([])
  expect(metrics).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
})

test('no job and nothing outside the tenants’ tables holds a secret or anything personal', async () => {
  const dump = await dumpTables(harness.database.superUrl, ['jobs', 'control'])
  expect(dump.get('control.delivery')).not.toBe('')
  for (const [table, text] of dump) expect(found(text, [...secrets(), ...personal()]), table).toEqual([])
})

test('in the tenants’ tables no secret can be read, and what is kept about calls and changes names nobody', async () => {
  const dump = await dumpTables(harness.database.superUrl, ['app'])
  const people = new Set([
    'app.message',
    'app.person',
    'app.person_alias',
    'app.portal_user',
    'app.channel',
    'app.attempt',
    'app.parked_status',
  ])
  expect(dump.get('app.audit')).not.toBe('')
  expect(dump.get('app.portal_call')).not.toBe('')
  for (const [table, text] of dump) {
    expect(found(text, secrets()), table).toEqual([])
    if (!people.has(table)) expect(found(text, personal()), table).toEqual([])
  }
})
