/** A portal's REST address as `https://host[:port]/rest/`, or null for anything else; plain http only in tests. */
export function readEndpoint(text: string, allowHttp: boolean): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const secure = url.protocol === 'https:' || (allowHttp && url.protocol === 'http:')
  if (!secure || url.username || url.password || url.search || url.hash) return null
  return /^\/rest\/?$/.test(url.pathname) ? `${url.origin}/rest/` : null
}
