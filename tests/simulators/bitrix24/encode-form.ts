/** Writes nested data as PHP's http_build_query does: brackets, numbers as text, null and empty lists left out. */
export function encodeForm(data: Record<string, unknown>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(data)) append(search, key, value)
  return search.toString()
}

function append(search: URLSearchParams, name: string, value: unknown): void {
  if (value === null || value === undefined) return
  if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) append(search, `${name}[${key}]`, inner)
    return
  }
  search.append(name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value))
}
