import type { Config } from '#server/config.ts'
import { parseConfig } from '#server/config.ts'

/** The environment of a server under test; every secret is a leak probe. */
export const TEST_ENV = {
  PUBLIC_URL: 'https://app.wasync.test',
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
  BITRIX24_CLIENT_ID: 'app.0123456789abcd.12345678',
  BITRIX24_CLIENT_SECRET: 'LEAK_PROBE_client_secret',
  BITRIX24_OAUTH_ORIGINS: 'https://oauth.bitrix.test,https://oauth2.bitrix.test',
  META_APP_ID: '200000000000001',
  META_APP_SECRET: 'LEAK_PROBE_app_secret,LEAK_PROBE_app_secret_next',
  META_VERIFY_TOKEN: 'LEAK_PROBE_verify_token',
  META_GRAPH_URL: 'https://graph.facebook.test',
  LOG_LEVEL: 'debug',
} as const

/** The configuration of a server under test, with some names replaced. Throws on what the server would refuse. */
export function testConfig(overrides: Record<string, string> = {}): Config {
  const parsed = parseConfig({ ...TEST_ENV, ...overrides })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.config
}
