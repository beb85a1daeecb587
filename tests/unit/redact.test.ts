import { expect, test } from 'vitest'
import { createLog } from '#server/log.ts'
import type { LogFields } from '#server/log.ts'
import { isSecretKey, redact } from '#server/redact.ts'

const secrets: [what: string, text: string][] = [
  ['a bearer', 'refused Authorization: Bearer LEAK_PROBE.abc-123'],
  ['a query parameter', 'GET /rest/profile?auth=LEAK_PROBE&x=1'],
  ['an access token', 'https://graph.facebook.com/v25.0/1?access_token=LEAK_PROBE'],
  ['a field of a JSON body', '{"refresh_token":"LEAK_PROBE","x":1}'],
  ['the password of a connection', 'connect postgres://wasync_app:LEAK_PROBE@127.0.0.1:5432/wasync'],
  ['a JWT', 'bad token eyJhbGciOi.eyJzdWIiOi.LEAK_PROBE'],
  ['a wamid', 'no message wamid.LEAK_PROBE=='],
  ['the values of a failed query', 'Failed query: insert into "x" values ($1)\nparams: LEAK_PROBE,1'],
  ['the text a parser stumbled over', 'Unexpected token L, "LEAK_PROBE he"... is not valid JSON'],
]

test.each(secrets)('%s is masked', (_, text) => {
  expect(redact(text)).not.toContain('LEAK_PROBE')
  expect(redact(text)).toContain('***')
})

test.each(['+49 151 2345 6789', '491512345678', '(37369) 123-456'])(
  'the phone number %s is masked',
  (phone) => {
    expect(redact(`no contact with ${phone} here`)).toBe(
      'no contact with *** here'.replace('with ***', redact(`with ${phone}`)),
    )
    expect(redact(`no contact with ${phone} here`)).not.toMatch(/\d/)
  },
)

test('an ordinary message stays readable', () => {
  expect(redact('connect ECONNREFUSED 127.0.0.1:5432')).toBe('connect ECONNREFUSED 127.0.0.1:5432')
  expect(redact('HTTP 503 after 2000 ms')).toBe('HTTP 503 after 2000 ms')
})

test('secret names are known in any spelling', () => {
  const secret = ['accessToken', 'access_token', 'AUTH_ID', 'X-Application-Token', 'code', 'client_secret']
  expect(secret.filter((name) => !isSecretKey(name))).toEqual([])
  expect(['status', 'errorCode', 'author', 'ping'].filter(isSecretKey)).toEqual([])
})

const linesOf = (write: (log: ReturnType<typeof createLog>) => void): string[] => {
  const lines: string[] = []
  write(createLog({ level: 'info', destination: { write: (line) => lines.push(line) } }))
  return lines
}

test('a log line holds the event, its time and only the fields that may be logged', () => {
  const fields: LogFields & { text: string } = {
    portalId: 'p1',
    ms: 3,
    status: 200,
    text: 'LEAK_PROBE hello',
  }
  const [line = ''] = linesOf((log) => log.info('request', fields))
  expect(line.endsWith('\n')).toBe(true)
  const { time, ...rest } = JSON.parse(line)
  expect(new Date(time).toISOString()).toBe(time)
  expect(rest).toEqual({ level: 'info', event: 'request', portalId: 'p1', ms: 3, status: 200 })
})

test('an error is told with its causes, masked', () => {
  const cause = Object.assign(new Error('value "LEAK_PROBE" is bad'), { code: '22P02' })
  const error = new Error('Failed query: select 1\nparams: LEAK_PROBE', { cause })
  const [line = ''] = linesOf((log) => log.error('job', { error }))
  expect(line).not.toContain('LEAK_PROBE')
  expect(JSON.parse(line).error).toMatchObject({ name: 'Error', cause: { code: '22P02' } })
})

test('levels below the chosen one are silent', () => {
  expect(linesOf((log) => log.debug('quiet'))).toEqual([])
})
