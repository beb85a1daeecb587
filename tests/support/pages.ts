import { Boot, type Session } from '#server/contract.ts'
import type { OpenInput } from '../simulators/bitrix24/portal/requests.ts'
import type { Portal } from '../simulators/bitrix24/app.ts'
import type { Harness } from './harness.ts'

/** What a browser sees of a page: status, headers, text, and the boot data if there is any. */
export async function readPage(response: Response) {
  const html = await response.text()
  const script = /<script type="application\/json" id="boot">(.*?)<\/script>/.exec(html)?.[1]
  const boot = script === undefined ? null : Boot.parse(JSON.parse(script))
  return { status: response.status, headers: response.headers, html, boot }
}

/** A portal with an administrator (user 1) and two managers (2, 3), where nothing is installed yet. */
export function addPortal(harness: Pick<Harness, 'bitrix'>): Portal {
  const portal = harness.bitrix.addPortal()
  portal.addUser({ id: 1, name: 'Ada', lastName: 'Root', isAdmin: true })
  portal.addUser({ id: 2, name: 'Ben', lastName: 'Field' })
  portal.addUser({ id: 3, name: 'Cleo', lastName: 'Hall', rights: 'none' })
  return portal
}

/** The whole installation as an administrator sees it: page, registration, installFinish, event. Answers the page. */
export async function install(harness: Harness, portal: Portal, userId = 1) {
  const page = await readPage(await harness.app.request(portal.installRequest(userId)))
  await harness.drain()
  portal.finishInstall(userId)
  await harness.drain()
  return page
}

/** A tab or the app page as the portal's browser opens it. */
export async function open(harness: Harness, portal: Portal, input: OpenInput) {
  return readPage(await harness.app.request(portal.openRequest(input)))
}

/** The app page's POST, also where the portal would not show the app yet. */
export function appRequest(portal: Portal, userId = 1): Request {
  const page = portal.installRequest(userId)
  const url = new URL(page.url)
  url.pathname = '/bitrix/app'
  return new Request(url, page)
}

/** A call of the API with JSON in and out. */
export async function api<T = unknown>(
  harness: Harness,
  token: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T; headers: Headers }> {
  const response = await harness.request(path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: (text === '' ? null : JSON.parse(text)) as T,
    headers: response.headers,
  }
}

/** Opens a page and trades its code for a session. Throws when the page shows no code. */
export async function session(harness: Harness, portal: Portal, input: OpenInput): Promise<Session> {
  const { boot, status } = await open(harness, portal, input)
  if (!boot) throw new Error(`no boot code: ${status}`)
  const answer = await api<Session>(harness, null, 'POST', '/api/session', { code: boot.code })
  if (answer.status !== 200) throw new Error(`no session: ${answer.status}`)
  return answer.body
}
