import { z } from 'zod'
import { encryptionKeys, list, origin, origins, urlOf, webUrl, whole } from './config/values.ts'
import type { EncryptionKey } from './config/values.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export type Config = {
  port: number
  host: string
  publicUrl: string
  databaseUrl?: string | undefined
  databaseOwnerUrl?: string | undefined
  dataDir: string
  /** The first one seals, all open. */
  encryptionKeys: EncryptionKey[]
  /** The first OAuth origin is the default one. */
  bitrix24: { clientId: string; clientSecret: string; oauthOrigins: string[] }
  meta: {
    appId: string
    /** Two during a rotation; a signature by either is good. */
    appSecrets: string[]
    verifyToken: string
    loginConfigId?: string | undefined
    graphUrl: string
    graphVersion: string
  }
  sessionTtlSeconds: number
  allowPrivateUpstreams: boolean
  metricsToken?: string | undefined
  publicSiteUrl: string
  logLevel: LogLevel
}

const filled = z.string({ error: 'is missing' })
const OAUTH_ORIGINS = 'https://oauth.bitrix.info,https://oauth.bitrix24.tech'

const environment = (allowHttp: boolean) =>
  z.object({
    PORT: whole(0, 65_535).prefault('3000'),
    HOST: z.string().prefault('0.0.0.0'),
    PUBLIC_URL: filled.pipe(origin(allowHttp)),
    DATABASE_URL: urlOf('postgres', 'postgresql').optional(),
    DATABASE_OWNER_URL: urlOf('postgres', 'postgresql').optional(),
    DATA_DIR: z.string().prefault('.data'),
    ENCRYPTION_KEYS: filled.pipe(encryptionKeys),
    BITRIX24_CLIENT_ID: filled,
    BITRIX24_CLIENT_SECRET: filled,
    BITRIX24_OAUTH_ORIGINS: origins(allowHttp).prefault(OAUTH_ORIGINS),
    META_APP_ID: filled,
    META_APP_SECRET: filled.pipe(list(2)),
    META_VERIFY_TOKEN: filled,
    META_LOGIN_CONFIG_ID: z.string().optional(),
    META_GRAPH_URL: webUrl(allowHttp).prefault('https://graph.facebook.com'),
    META_GRAPH_VERSION: z
      .string()
      .regex(/^v\d{1,3}\.\d{1,3}$/, 'must look like v25.0')
      .prefault('v25.0'),
    SESSION_TTL_SECONDS: whole(5, 3600).prefault('600'),
    ALLOW_PRIVATE_UPSTREAMS: z.enum(['true', 'false'], { error: 'must be true or false' }).prefault('false'),
    METRICS_TOKEN: z.string().optional(),
    PUBLIC_SITE_URL: origin(allowHttp).optional(),
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).prefault('info'),
    // Named in the contract and checked here, so that a wrong value is told at once and not on the day of its use.
    OPENAI_BASE_URL: webUrl(allowHttp).optional(),
    ANTHROPIC_BASE_URL: webUrl(allowHttp).optional(),
    GOOGLE_BASE_URL: webUrl(allowHttp).optional(),
    S3_ENDPOINT: webUrl(allowHttp).optional(),
    S3_BUCKET: z.string().optional(),
    S3_REGION: z.string().optional(),
    S3_ACCESS_KEY_ID: z.string().optional(),
    S3_SECRET_ACCESS_KEY: z.string().optional(),
    SMTP_URL: urlOf('smtp', 'smtps').optional(),
    MAIL_FROM: z
      .string()
      .regex(/^(?:[^<>\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be a mail address')
      .optional(),
    LEGAL_CONFIG: z.string().optional(),
  })

type Values = z.infer<ReturnType<typeof environment>>

const S3_NAMES = [
  'S3_ENDPOINT',
  'S3_BUCKET',
  'S3_REGION',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
] as const

const conflicts = (env: Record<string, string>): string[] => {
  const problems: string[] = []
  if (env.ALLOW_PRIVATE_UPSTREAMS === 'true' && env.NODE_ENV === 'production') {
    problems.push('ALLOW_PRIVATE_UPSTREAMS is for tests only and refused when NODE_ENV is production')
  }
  if (env.DATABASE_OWNER_URL && !env.DATABASE_URL) {
    problems.push(
      'DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither for the embedded database',
    )
  }
  if (S3_NAMES.some((name) => env[name])) {
    const missing = S3_NAMES.filter((name) => !env[name])
    problems.push(...missing.map((name) => `${name} is missing: the S3_ names go together`))
  }
  return problems
}

const toConfig = (env: Values): Config => ({
  port: env.PORT,
  host: env.HOST,
  publicUrl: env.PUBLIC_URL,
  databaseUrl: env.DATABASE_URL,
  databaseOwnerUrl: env.DATABASE_OWNER_URL,
  dataDir: env.DATA_DIR,
  encryptionKeys: env.ENCRYPTION_KEYS,
  bitrix24: {
    clientId: env.BITRIX24_CLIENT_ID,
    clientSecret: env.BITRIX24_CLIENT_SECRET,
    oauthOrigins: env.BITRIX24_OAUTH_ORIGINS,
  },
  meta: {
    appId: env.META_APP_ID,
    appSecrets: env.META_APP_SECRET,
    verifyToken: env.META_VERIFY_TOKEN,
    loginConfigId: env.META_LOGIN_CONFIG_ID,
    graphUrl: env.META_GRAPH_URL,
    graphVersion: env.META_GRAPH_VERSION,
  },
  sessionTtlSeconds: env.SESSION_TTL_SECONDS,
  allowPrivateUpstreams: env.ALLOW_PRIVATE_UPSTREAMS === 'true',
  metricsToken: env.METRICS_TOKEN,
  publicSiteUrl: env.PUBLIC_SITE_URL ?? env.PUBLIC_URL,
  logLevel: env.LOG_LEVEL,
})

// `NAME=` in an environment file means unset.
const nonEmpty = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  )

/** Reads the environment (contract §2); every problem is one line that names the variable and never its value. */
export const parseConfig = (
  env: Record<string, string | undefined>,
): { ok: true; config: Config } | { ok: false; problems: string[] } => {
  const set = nonEmpty(env)
  const parsed = environment(set.ALLOW_PRIVATE_UPSTREAMS === 'true').safeParse(set)
  const problems = conflicts(set)
  if (parsed.success && problems.length === 0) return { ok: true, config: toConfig(parsed.data) }
  const wrong = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? []
  return { ok: false, problems: [...wrong, ...problems] }
}
