import postgres from 'postgres'
import type { z } from 'zod'
import type { Conversations, Setup } from '#server/contract.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'
import type { Harness } from './harness.ts'
import { deliveryBody, inboundImage, inboundText } from './make.ts'
import { api, install, open, session } from './pages.ts'
import { signBody } from './signed.ts'

export const TOKEN = 'LEAK_PROBE_channel_token'
export const NUMBER = '306540352242922'
export const WABA = '302290129340398'
export const PHONE = '15550107788'
export const USER_ID = 'US.13491208655302741918'
export const NAME = 'Zebedee Quillfeather'
export const USER = { name: 'Ottoline', lastName: 'Vanbrugh' }
export const TEXTS = [
  'Xylophone rehearsal at nine',
  'Marzipan is sold out',
  'Quokka visit',
  'Poisonous zeppelin',
]
export const REPLY = 'Bergamot for the committee'

/** What was handed out to browsers, and the ids WhatsApp gave. */
export type Told = { handedOut: string[]; wamids: string[] }

type Stage = Told & { harness: Harness; portal: Portal; admin: string; call: Call }
type Call = <T>(method: string, path: string, body?: unknown) => Promise<{ status: number; body: T }>

/** Everything that happens in the life of an installation, the bad days too, said with words that are easily found again. */
export async function tellLeakStory(harness: Harness, portal: Portal): Promise<Told> {
  const told: Told = { handedOut: [], wamids: [] }
  portal.addUser({ id: 9, ...USER, isAdmin: true })
  await install(harness, portal)
  const admin = await openAsAdmin(harness, portal, told)
  const call: Call = (method, path, body) => api(harness, admin, method, path, body)
  const stage: Stage = { ...told, harness, portal, admin, call }
  await connectNumber(stage)
  const conversation = await receive(stage)
  await answer(stage, conversation)
  await misbehave(stage, conversation)
  await breakDown(stage, conversation)
  await endIt(stage)
  return told
}

async function openAsAdmin(harness: Harness, portal: Portal, { handedOut }: Told): Promise<string> {
  const contact = portal.addContact({ name: NAME, phones: [`+${PHONE}`] })
  const tab = { placement: 'CRM_CONTACT_DETAIL_TAB', options: { ID: String(contact.id) } }
  for (const page of [{ placement: 'DEFAULT' }, tab]) {
    const { boot } = await open(harness, portal, { userId: 9, ...page })
    if (boot) handedOut.push(boot.code)
  }
  const { token } = await session(harness, portal, { userId: 9, placement: 'DEFAULT' })
  const renewed = await api<{ token: string }>(harness, token, 'POST', '/api/session/renew')
  handedOut.push(token, renewed.body.token)
  return renewed.body.token
}

async function connectNumber({ harness: { graph }, call }: Stage): Promise<void> {
  const number = { phoneNumberId: NUMBER, displayPhoneNumber: '+1 555-078-4499', verifiedName: 'Shop' }
  graph.addAccount({ wabaId: WABA, token: TOKEN, numbers: [number] })
  const { termsVersion } = (await call<Setup>('GET', '/api/setup')).body
  await call('POST', '/api/terms', { version: termsVersion, retention: { messages: 'active' } })
  const input = { kind: 'cloud', wabaId: WABA, phoneNumberId: NUMBER, accessToken: TOKEN }
  await call('POST', '/api/channels', { ...input, accessToken: 'LEAK_PROBE_wrong_token' })
  await call('POST', '/api/channels', { ...input, kind: 'LEAK_PROBE_kind' })
  const { status } = await call('POST', '/api/channels', input)
  if (status !== 201) throw new Error(`connecting answered ${status}`)
  await graph.verifyWebhook()
  await graph.verifyWebhook(undefined, 'LEAK_PROBE_wrong_verify')
}

async function receive({ harness, call, wamids }: Stage): Promise<string> {
  const { graph, drain, deps } = harness
  const [first = '', second = '', third = ''] = TEXTS
  const post = async (body: unknown, secret = deps.config.meta.appSecrets[0] ?? '') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const headers = { 'x-hub-signature-256': signBody(secret, text) }
    await harness.request('/webhooks/meta', { method: 'POST', body: text, headers })
    await drain()
  }
  wamids.push(graph.customer({ phone: PHONE, name: NAME }).write({ to: NUMBER, text: first }).wamid)
  const hidden = graph.customer({ userId: USER_ID, phoneHidden: true, name: NAME })
  wamids.push(hidden.write({ to: NUMBER, text: second }).wamid)
  await drain()
  const who = { phoneNumberId: NUMBER, from: PHONE, name: NAME }
  await post(deliveryBody([inboundImage({ ...who, caption: third })]))
  // Nobody’s number, a wrong signature, half a body, and a body of another kind.
  await post(deliveryBody([inboundText({ ...who, phoneNumberId: '999', text: third })]))
  await post(deliveryBody([inboundText({ ...who, text: third })]), 'LEAK_PROBE_wrong_secret')
  await post(`{"entry":"${third} ${PHONE}`)
  const value = { metadata: { phone_number_id: NUMBER }, messages: [{ from: PHONE, text: { body: third } }] }
  await post({ entry: [{ changes: [{ field: third, value }] }] })
  const list = await call<z.infer<typeof Conversations>>('GET', '/api/conversations')
  const found = list.body.items.find(({ person }) => person.phone === `+${PHONE}`)
  if (found?.person.name !== NAME) throw new Error('the conversation is not there')
  return found.id
}

const send = ({ call }: Stage, id: string, text: string, clientId: string = crypto.randomUUID()) =>
  call('POST', `/api/conversations/${id}/messages`, { clientId, text })

async function answer(stage: Stage, id: string): Promise<void> {
  const { graph, drain } = stage.harness
  const say = async () => {
    await send(stage, id, REPLY)
    await drain()
  }
  await say()
  for (const as of ['500', 'reset-after'] as const) {
    graph.control.failNext({ route: 'messages', as })
    await say()
  }
  const details = `${NAME} at +${PHONE} cannot get "${REPLY}"`
  for (const code of [131026, 190, 131047]) {
    graph.control.failNext({ route: 'messages', as: { status: 400, code, message: details, details } })
    await say()
  }
  graph.control.statuses({ mode: 'failed' })
  await say()
  graph.customer({ phone: PHONE }).readAll(NUMBER)
  await drain()
  for (const { wamid } of graph.sends) if (wamid) stage.wamids.push(wamid)
  await stage.call('GET', `/api/conversations/${id}/messages?limit=100`)
}

// Input that is refused; what it says must not come back from anywhere.
async function misbehave(stage: Stage, id: string): Promise<void> {
  const { harness, admin, call } = stage
  await send(stage, id, REPLY, REPLY)
  await send(stage, id, `${REPLY}\0`)
  await send(stage, id, REPLY.repeat(400))
  await call('GET', `/api/conversations?cursor=${encodeURIComponent(REPLY)}`)
  await call('GET', `/api/conversations/${encodeURIComponent(`${NAME} ${PHONE}`)}`)
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
  const half = { method: 'POST', body: `{"text":"${REPLY}`, headers }
  await harness.request(`/api/conversations/${id}/messages`, half)
  await harness.request(`/${encodeURIComponent(REPLY)}/${PHONE}`)
  await harness.request('/api/me', { headers: { authorization: 'Bearer LEAK_PROBE_bearer' } })
  await api(harness, null, 'POST', '/api/session', { code: 'LEAK_PROBE_code' })
}

// The database refuses a row and says which one; the portal and its OAuth server answer nonsense.
async function breakDown(stage: Stage, id: string): Promise<void> {
  const { graph, bitrix, database, drain, advance } = stage.harness
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} })
  const poison = TEXTS[3] ?? ''
  const check = `check (text is distinct from '${poison}') not valid`
  await owner.unsafe(`alter table app.message add constraint poison ${check}`)
  graph.customer({ phone: PHONE, name: NAME }).write({ to: NUMBER, text: poison })
  await drain()
  const { status } = await send(stage, id, poison)
  if (status !== 500) throw new Error(`a row the database refuses was answered ${status}`)
  await owner.unsafe('alter table app.message drop constraint poison')
  await owner.end()
  bitrix.control.expireTokens()
  bitrix.control.failNext({ route: 'oauth', as: 'html' })
  await stage.call('GET', '/api/conversations')
  bitrix.control.failNext({ route: 'rest', as: 'drop-after' })
  advance(61_000)
  await stage.call('GET', '/api/conversations')
  bitrix.control.reset()
}

async function endIt({ harness, portal, call }: Stage): Promise<void> {
  const { app, drain, deps } = harness
  const url = `${deps.config.publicUrl}/bitrix/events`
  const forged = { application_token: 'LEAK_PROBE_application_token' }
  for (const auth of [{}, forged, { member_id: 'LEAK_PROBE_member' }]) {
    await app.request(portal.eventRequest('ONAPPUNINSTALL', { url, auth }))
    await app.request(portal.eventRequest('ONAPPINSTALL', { url, userId: 9, auth }))
    await drain()
  }
  const body = { REFRESH_ID: 'LEAK_PROBE_refresh', AUTH_ID: 'LEAK_PROBE_auth' }
  await app.request(portal.installRequest(9, { body }))
  portal.updateApp({ newToken: true })
  await drain()
  const channels = await call<{ items: { id: string }[] }>('GET', '/api/channels')
  await call('GET', '/api/diagnosis')
  await harness.request('/metrics')
  await call('DELETE', `/api/channels/${channels.body.items[0]?.id}`)
  await drain()
}
