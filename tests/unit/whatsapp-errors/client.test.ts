import { expect, it } from 'vitest'
import { createKeyring } from '#server/crypto/keyring.ts'
import type { Deps } from '#server/deps.ts'
import { AppError } from '#server/errors.ts'
import type { Http } from '#server/ports/http.ts'
import { sendText } from '#server/whatsapp/outgoing.ts'
import { testConfig } from '#tests/support/test-config.ts'

const message = {
  to: { phone: '15550001111' },
  text: 'Hi https://a.test',
  replyTo: 'wamid.Q',
  callbackData: 'id-1',
}
const number = { phoneNumberId: '42', token: 'LEAK_PROBE_token' }

const depsWith = (http: Http): Deps => {
  const config = testConfig()
  const keyring = createKeyring(config.encryptionKeys)
  return { config, keyring, http } as Partial<Deps> as Deps
}
const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  depsWith(
    async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }),
  )
const failing = (error: unknown) =>
  depsWith(() => {
    throw error
  })
const send = (deps: Deps) => sendText(deps, number, message)

it('asks Graph with the token in the header, its proof in the address, and our id in the body', async () => {
  const seen: Request[] = []
  const deps = depsWith(async (request) => {
    seen.push(request.clone())
    return Response.json({ messages: [{ id: 'wamid.1' }] })
  })
  expect(await send(deps)).toEqual({ ok: true, data: 'wamid.1' })
  const [request] = seen
  expect(request?.url).toMatch(
    /^https:\/\/graph\.facebook\.test\/v25\.0\/42\/messages\?appsecret_proof=[0-9a-f]{64}$/,
  )
  expect(request?.headers.get('authorization')).toBe('Bearer LEAK_PROBE_token')
  expect(await request?.json()).toEqual({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '+15550001111',
    type: 'text',
    text: { body: 'Hi https://a.test', preview_url: true },
    context: { message_id: 'wamid.Q' },
    biz_opaque_callback_data: 'id-1',
  })
})

it('reads a refusal with its code, also where error_data is a string', async () => {
  const error = {
    message: 'no',
    type: 'OAuthException',
    code: 131056,
    error_data: 'details',
    fbtrace_id: 'x',
  }
  expect(await send(answering(400, { error }, { 'retry-after': '7' }))).toEqual({
    ok: false,
    failure: { kind: 'refused', status: 400, code: 131056, subcode: null, retryAfterMs: 7000 },
  })
})

it.each([
  ['a broken server without a body', answering(502, '<html>')],
  ['an unknown error of a broken server', answering(500, { error: { code: 1, message: 'x' } })],
  ['an answer that is no JSON', answering(200, 'OK')],
  ['an answer without a message id', answering(200, { messages: [] })],
  ['a lost answer', failing(new AppError('unavailable', 'x', { retry: 'unknown-outcome' }))],
  ['a thrown error nobody knows', failing(new TypeError('fetch failed'))],
])('does not know what became of a message after %s', async (_, deps) => {
  expect(await send(deps)).toEqual({ ok: false, failure: { kind: 'unknown' } })
})

it.each([
  ['nothing was written', new AppError('unavailable', 'x', { retry: 'later' })],
  ['the host is refused', new AppError('host_refused', 'x')],
])('knows that nothing was sent when %s', async (_, error) => {
  expect(await send(failing(error))).toEqual({ ok: false, failure: { kind: 'unsent' } })
})

it('takes an unknown API error of a working server as a refusal', async () => {
  expect(await send(answering(400, { error: { code: 1, message: 'x' } }))).toMatchObject({
    failure: { kind: 'refused', code: 1 },
  })
})
