import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import type { LogLevel } from './config.ts'
import { redact } from './redact.ts'

// What may be logged: our own ids, wire names, outcomes and numbers. Everything else is dropped, so that no
// message text, name, phone number or secret can get into a line by an added field.
const NAMES = [
  'requestId',
  'portalId',
  'channelId',
  'conversationId',
  'personId',
  'messageId',
  'attemptId',
  'deliveryId',
  'sessionId',
  'activityId',
  'jobId',
  'job',
  'queue',
  'kind',
  'route',
  'method',
  'host',
  'origin',
  'port',
  'table',
  'step',
  'action',
  'placement',
  'status',
  'code',
  'remote',
  'reason',
  'result',
  'retry',
  'signal',
  'version',
] as const
const NUMBERS = [
  'ms',
  'waitMs',
  'lagMs',
  'afterMs',
  'attempt',
  'count',
  'total',
  'rows',
  'bytes',
  'depth',
  'calls',
  'deliveries',
  'messages',
  'statuses',
  'duplicates',
  'quarantined',
  'dropped',
  'failed',
  'pid',
] as const

type Name = (typeof NAMES)[number]
type Count = (typeof NUMBERS)[number]

export type LogFields = { [name in Name]?: string | number | boolean | null | undefined } & {
  [name in Count]?: number | undefined
} & {
  /** Any thrown value: its name, code and masked message are written, three causes deep. */
  error?: unknown
}

type Write = (event: string, fields?: LogFields) => void

export type Log = { debug: Write; info: Write; warn: Write; error: Write }

type Told = { name: string; code?: string; message: string; cause?: Told }

const tell = (error: unknown, depth = 0): Told => {
  if (!(error instanceof Error)) return { name: typeof error, message: '' }
  const told: Told = { name: error.name, message: redact(error.message).slice(0, 300) }
  if ('code' in error && typeof error.code === 'string') told.code = error.code
  if (error.cause !== undefined && depth < 3) told.cause = tell(error.cause, depth + 1)
  return told
}

const names: ReadonlySet<string> = new Set(NAMES)
const numbers: ReadonlySet<string> = new Set(NUMBERS)

// Looks at what is there, not for all that may be: a webhook pays for its line each time.
const pick = (fields: LogFields): Record<string, unknown> => {
  const line: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (names.has(name)) line[name] = typeof value === 'string' ? redactName(value) : value
    else if (name === 'error') line['error'] = tell(value)
    else if (numbers.has(name) && typeof value === 'number') line[name] = value
  }
  return line
}

// Ids, routes and codes: one word, never a sentence.
const redactName = (value: string): string =>
  /^(?!wamid)[\w.:/@{}*+~-]{1,160}$/.test(value) ? value : redact(value).slice(0, 160)

/** Writes one JSON line per event to standard output, or to `destination`. */
export const createLog = (options: { level: LogLevel; destination?: DestinationStream }): Log => {
  const settings = {
    level: options.level,
    base: null,
    messageKey: 'event',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    // Bundlers for other runtimes take pino's browser build, which knows no streams.
    browser: {
      write: (line: object) => {
        // eslint-disable-next-line no-console -- the only sink a Worker has
        console.log(JSON.stringify({ ...line, time: new Date().toISOString() }))
      },
      formatters: { level: (level: string) => ({ level }) },
    },
  }
  const out = options.destination ? pino(settings, options.destination) : pino(settings)
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (event, fields = {}) =>
      out[level](pick(fields), event)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
