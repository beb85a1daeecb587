import { expect, test } from 'vitest'
import { parseConfig } from '#server/config.ts'
import type { Config } from '#server/config.ts'

const KEY = Buffer.alloc(32, 7).toString('base64url')
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64url')

const required = {
  PUBLIC_URL: 'https://wasync.example.com',
  ENCRYPTION_KEYS: `k1:${KEY}`,
  BITRIX24_CLIENT_ID: 'local.1',
  BITRIX24_CLIENT_SECRET: 'LEAK_PROBE_client',
  META_APP_ID: '123',
  META_APP_SECRET: 'LEAK_PROBE_app',
  META_VERIFY_TOKEN: 'LEAK_PROBE_verify',
}

const configOf = (extra: Record<string, string | undefined> = {}): Config => {
  const parsed = parseConfig({ ...required, ...extra })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.config
}

const problemsOf = (extra: Record<string, string | undefined>): string[] => {
  const parsed = parseConfig({ ...required, ...extra })
  return parsed.ok ? [] : parsed.problems
}

test('the defaults are those of the contract', () => {
  expect(configOf()).toMatchObject({
    port: 3000,
    host: '0.0.0.0',
    dataDir: '.data',
    publicSiteUrl: 'https://wasync.example.com',
    sessionTtlSeconds: 600,
    allowPrivateUpstreams: false,
    logLevel: 'info',
    bitrix24: { oauthOrigins: ['https://oauth.bitrix.info', 'https://oauth.bitrix24.tech'] },
    meta: { graphUrl: 'https://graph.facebook.com', graphVersion: 'v25.0' },
  })
  expect(configOf().databaseUrl).toBeUndefined()
})

test('each missing name is one line of its own', () => {
  const parsed = parseConfig({})
  expect(parsed).toEqual({ ok: false, problems: Object.keys(required).map((name) => `${name} is missing`) })
})

test('an empty value counts as unset, and unknown names are ignored', () => {
  expect(configOf({ PORT: '', DATABASE_URL: ' ', SOMETHING_ELSE: 'x' }).port).toBe(3000)
})

test('several keys keep their order, and a rotated app secret is two', () => {
  const config = configOf({ ENCRYPTION_KEYS: `k2:${OTHER_KEY},k1:${KEY}`, META_APP_SECRET: 'new, old' })
  expect(config.encryptionKeys.map(({ id, key }) => [id, key.length, key[0]])).toEqual([
    ['k2', 32, 8],
    ['k1', 32, 7],
  ])
  expect(config.meta.appSecrets).toEqual(['new', 'old'])
})

test('plain http is for private upstreams only', () => {
  const http = { PUBLIC_URL: 'http://127.0.0.1:4010', META_GRAPH_URL: 'http://127.0.0.1:4030' }
  expect(problemsOf(http)).toHaveLength(2)
  expect(configOf({ ...http, ALLOW_PRIVATE_UPSTREAMS: 'true' }).publicUrl).toBe('http://127.0.0.1:4010')
  expect(problemsOf({ ALLOW_PRIVATE_UPSTREAMS: 'true', NODE_ENV: 'production' })).toHaveLength(1)
})

test('the S3 names go together', () => {
  const problems = problemsOf({ S3_ENDPOINT: 'https://s3.example.com', S3_BUCKET: 'b' })
  expect(problems.map((line) => line.split(' ')[0])).toEqual([
    'S3_REGION',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
  ])
})

const wrong: [name: string, value: string][] = [
  ['PORT', '70000'],
  ['PORT', '3000x'],
  ['PUBLIC_URL', 'https://wasync.example.com/path'],
  ['PUBLIC_URL', 'wasync.example.com'],
  ['PUBLIC_URL', 'https://user:pass@wasync.example.com'],
  ['DATABASE_URL', 'mysql://localhost/x'],
  ['DATABASE_OWNER_URL', 'postgres://owner@localhost/x'],
  ['ENCRYPTION_KEYS', 'k1:tooshort'],
  ['ENCRYPTION_KEYS', KEY],
  ['ENCRYPTION_KEYS', `k1:${KEY},k1:${OTHER_KEY}`],
  ['BITRIX24_OAUTH_ORIGINS', 'https://oauth.bitrix.info,http://evil.example'],
  ['META_APP_SECRET', 'a,b,c'],
  ['META_GRAPH_VERSION', 'latest'],
  ['SESSION_TTL_SECONDS', '4'],
  ['SESSION_TTL_SECONDS', '3601'],
  ['ALLOW_PRIVATE_UPSTREAMS', 'yes'],
  ['PUBLIC_SITE_URL', 'ftp://x.example'],
  ['LOG_LEVEL', 'loud'],
  ['OPENAI_BASE_URL', 'nope'],
  ['SMTP_URL', 'https://mail.example'],
  ['MAIL_FROM', 'nobody'],
]

test.each(wrong)('%s=%s is one problem that names it and keeps the value to itself', (name, value) => {
  const problems = problemsOf({ [name]: value })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(new RegExp(`^${name} `))
  expect(problems[0]).not.toContain(value)
})
