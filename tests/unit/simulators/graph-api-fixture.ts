import { createGraphApi } from '#tests/simulators/graph-api/app.ts'
import type { AccountSpec, GraphApiOptions, Json } from '#tests/simulators/graph-api/types.ts'
import { signBody } from '#tests/support/signed.ts'

export const SECRET = 'LEAK_PROBE_app_secret'
export const TOKEN = 'EAAG_LEAK_PROBE_token'

interface Seen {
  bytes: string
  signed: boolean
  url: string
  value: { messages?: Json[]; statuses?: Json[]; contacts?: Json[] }
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

/** A simulator with one subscribed account, one number (111) and one customer. */
export const startGraph = (options: Partial<GraphApiOptions> = {}, account: Partial<AccountSpec> = {}) => {
  const seen: Seen[] = []
  const state = { answer: 200, now: 1_780_000_000_000 }
  const api = createGraphApi({
    origin: 'http://graph.test',
    appId: '900',
    appSecret: SECRET,
    verifyToken: 'verify-me',
    webhookUrl: 'http://app.test/webhooks/meta',
    clock: () => state.now,
    deliver: async (request) => {
      if (request.method === 'GET')
        return new Response(new URL(request.url).searchParams.get('hub.challenge'))
      const bytes = await request.text()
      if (state.answer === 200) {
        const signed = request.headers.get('x-hub-signature-256') === signBody(SECRET, bytes)
        for (const entry of JSON.parse(bytes).entry ?? [])
          for (const change of entry.changes)
            seen.push({ bytes, signed, url: request.url, value: change.value })
      }
      return new Response('', { status: state.answer })
    },
    ...options,
  })
  const added = api.addAccount({
    wabaId: '500',
    token: TOKEN,
    numbers: [{ phoneNumberId: '111', displayPhoneNumber: '+373 22 000 111', verifiedName: 'Shop' }],
    ...account,
  })
  added.subscribed = true
  const ana = api.customer({ phone: '+373 69 123456', name: 'Ana' })

  const call = async (path: string, init: RequestInit = {}, token: string | null = TOKEN) => {
    const headers = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      'content-type': 'application/json',
    }
    const response = await api.fetch(new Request(`http://graph.test${path}`, { headers, ...init }))
    return { status: response.status, headers: response.headers, body: object(await response.json()) }
  }
  const post = (path: string, body: Json = {}, token: string | null = TOKEN) =>
    call(path, { method: 'POST', body: JSON.stringify(body) }, token)
  const send = (body: Json, from = '111') =>
    post(`/v25.0/${from}/messages`, {
      messaging_product: 'whatsapp',
      type: 'text',
      text: { body: 'x' },
      ...body,
    })
  const statuses = () => seen.flatMap((one) => one.value.statuses ?? []).map((status) => status['status'])
  const messages = () => seen.flatMap((one) => one.value.messages ?? [])

  return { api, ana, seen, state, account: added, call, post, send, statuses, messages }
}

export type Started = ReturnType<typeof startGraph>
