/** Server-sent events read from a `fetch` body: calls `data` per event and `alive` for every byte, until the body ends. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  data: (text: string) => void,
  alive: () => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    alive()
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) data(line.slice(5).trim())
  }
}

/** The conversation a hint names, or null for anything else. */
export function parseHint(text: string): string | null {
  try {
    const hint: unknown = JSON.parse(text)
    return typeof hint === 'object' && hint !== null && 'id' in hint && typeof hint.id === 'string'
      ? hint.id
      : null
  } catch {
    return null
  }
}
