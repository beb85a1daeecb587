import type { Reachability } from '../http.ts'
import { RequestError } from '../request-error.ts'
import type { WidgetSession } from '../session.ts'
import { parseHint, readEvents } from './event-stream.ts'

/** Three heartbeats of the server (15 s each) without a byte: the connection is dead. */
const SILENCE_MS = 45_000

export type StreamPorts = {
  session: WidgetSession
  reachability: Reachability
  hint: (id: string) => void
  live: (live: boolean) => void
}

/** Keeps one event stream open until stopped; reconnects with back-off and jitter. */
export function openStream(ports: StreamPorts): { stop: () => void; wake: () => void } {
  const stopped = new AbortController()
  let skipPause = () => undefined as void
  let failures = 0

  const connect = (token: string) => readOnce(ports, token, stopped.signal, () => (failures = 0))
  const pause = () =>
    new Promise<void>((resolve) => {
      const ceiling = Math.min(30_000, 1_000 * 2 ** failures++)
      const timer = setTimeout(resolve, ceiling / 2 + Math.random() * (ceiling / 2))
      skipPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async () => {
    while (!stopped.signal.aborted && !ports.session.ended.value) {
      await ports.session.withToken(connect).catch(() => undefined)
      ports.live(false)
      if (!stopped.signal.aborted) await pause()
    }
  }
  void run()
  return {
    stop: () => {
      stopped.abort()
      skipPause()
    },
    wake: () => skipPause(),
  }
}

async function readOnce(
  ports: StreamPorts,
  token: string,
  stopped: AbortSignal,
  opened: () => void,
): Promise<void> {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), SILENCE_MS)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), SILENCE_MS)
  }
  try {
    const response = await fetch('/api/events', {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal: AbortSignal.any([silent.signal, stopped]),
      credentials: 'omit',
      cache: 'no-store',
    })
    if (!response.ok || !response.body)
      throw new RequestError(`http_${response.status}`, { status: response.status })
    ports.reachability.report(true)
    ports.live(true)
    opened()
    await readEvents(
      response.body,
      (text) => {
        const id = parseHint(text)
        if (id !== null) ports.hint(id)
      },
      alive,
    )
  } finally {
    clearTimeout(timer)
  }
}
