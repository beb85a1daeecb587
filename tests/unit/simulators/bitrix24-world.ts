import { createBitrix24, type Bitrix24, type Portal } from '#tests/simulators/bitrix24/app.ts'

export const oauthOrigin = 'https://oauth.bitrix.test'
const appOrigin = 'https://app.example'

export interface World {
  b24: Bitrix24
  portal: Portal
  admin: number
  rep: number
  /** Requests the application got: events and page posts. */
  inbox: { url: string; body: string }[]
  clock: { now: number }
  /** Calls a REST method as this user, with JSON. */
  call(method: string, params?: object, userId?: number): Promise<{ status: number; body: Answer }>
  refresh(refreshToken: string, change?: Record<string, string>): Promise<{ status: number; body: Answer }>
}
export type Answer = Record<string, unknown>

/** The value at a dotted path of an answer. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => {
    return typeof node === 'object' && node !== null
      ? Object.entries(node).find(([name]) => name === key)?.[1]
      : undefined
  }, value)
}

/** A portal with an administrator and a representative, and the application installed. */
export function createWorld(options: { installed?: boolean } = {}): World {
  const clock = { now: 1_800_000_000_000 }
  const inbox: World['inbox'] = []
  const b24 = createBitrix24({
    ...{ oauthOrigin, clientId: 'app.1', clientSecret: 's3cret', clock: () => clock.now },
    appUrls: { install: `${appOrigin}/bitrix/install`, app: `${appOrigin}/bitrix/app` },
    deliver: async (request) => {
      inbox.push({ url: request.url, body: await request.text() })
      return new Response('ok')
    },
  })
  const portal = b24.addPortal({ origin: 'https://acme.bitrix24.test' })
  const admin = portal.addUser({ name: 'Ada', isAdmin: true }).id
  const rep = portal.addUser({ name: 'Rob', rights: 'own' }).id
  if (options.installed !== false) {
    portal.installRequest(admin)
    portal.finishInstall()
  }
  const send = async (url: string, body: object): Promise<{ status: number; body: Answer }> => {
    const headers = { 'content-type': 'application/json' }
    const response = await b24.fetch(
      new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }),
    )
    return { status: response.status, body: await response.json() }
  }
  return {
    ...{ b24, portal, admin, rep, inbox, clock },
    call: (method, params = {}, userId = admin) =>
      send(`${portal.origin}/rest/${method}.json`, { ...params, auth: portal.tokens(userId).accessToken }),
    async refresh(refreshToken, change = {}) {
      const fields = { grant_type: 'refresh_token', client_id: 'app.1', client_secret: 's3cret', ...change }
      const body = new URLSearchParams({ refresh_token: refreshToken, ...fields })
      const response = await b24.fetch(new Request(`${oauthOrigin}/oauth/token/`, { method: 'POST', body }))
      return { status: response.status, body: await response.json() }
    },
  }
}
