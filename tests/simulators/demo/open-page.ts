/** A page of the app, opened as the portal opens it: its origin and its session token. */
export type OpenPage = { origin: string; token: string }

/** Posts the portal's form, takes the boot code out of the page and trades it for a session. Throws with the status when the page refuses. */
export async function openPage(request: Request): Promise<OpenPage> {
  const origin = new URL(request.url).origin
  const answer = await fetch(request)
  const html = await answer.text()
  const boot = /<script type="application\/json" id="boot">(.*?)<\/script>/s.exec(html)?.[1]
  if (!boot) throw new Error(`The page answered ${answer.status} without a boot code.`)
  const { code }: { code: string } = JSON.parse(boot)
  const session = await api<{ token: string }>({ origin, token: '' }, 'POST', '/api/session', { code })
  return { origin, token: session.token }
}

/** One call of the app's API with the page's session. Throws with status and error code. */
export async function api<T>(
  { origin, token }: OpenPage,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const answer = await fetch(new URL(path, origin), {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 200)}`)
  return (text ? JSON.parse(text) : undefined) as T
}
