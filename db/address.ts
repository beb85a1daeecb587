/** What the driver takes for a database URL; it does not know that `?host=/folder` names a Unix socket, as libpq reads it. */
export function addressOf(url: string): { url: string; path?: string } {
  const address = new URL(url)
  const folder = address.searchParams.get('host')
  if (!folder?.startsWith('/')) return { url }
  address.searchParams.delete('host')
  return { url: address.href, path: `${folder}/.s.PGSQL.${address.port || '5432'}` }
}

/** The same database through the Unix socket in `folder`, where there is one. */
export function throughSocket(url: string, folder: string | null): string {
  if (!folder) return url
  const address = new URL(url)
  address.searchParams.set('host', folder)
  return address.href
}
