import { ref, watch, type Ref } from 'vue'
import type { WidgetSession } from '../session.ts'
import { createLeader, type LeaderMessage } from './leader.ts'
import { openStream } from './stream.ts'

const HIDDEN_MS = 30_000
const BACKUP_POLL_MS = 60_000
/** Without BroadcastChannel every card would need a stream of its own; six of them block a browser's HTTP/1.1. */
const ONLY_POLL_MS = 15_000

export type Realtime = {
  /** Calls `listener` when a conversation changed; null means "read again, something may have been missed". */
  listen: (listener: (conversationId: string | null) => void) => () => void
  live: Ref<boolean>
}

type Ports = {
  session: WidgetSession
  reachability: { online: Ref<boolean>; report: (reachable: boolean) => void }
  /** Cards of the same portal and user share one stream. */
  group: string
}

/** Hints for this card: one stream per browser, led by one card; polling behind it. */
export function startRealtime(ports: Ports): Realtime {
  const listeners = new Set<(conversationId: string | null) => void>()
  const live = ref(true)
  const tell = (id: string | null) => listeners.forEach((listener) => listener(id))

  const channel = openChannel(`wasync:${ports.group}`)
  const shared = channel && shareStream(ports, channel, tell, live)
  const poll = () => {
    if (document.visibilityState === 'visible' && ports.reachability.online.value) tell(null)
  }
  setInterval(poll, shared ? BACKUP_POLL_MS : ONLY_POLL_MS)
  watch(ports.reachability.online, (online) => {
    if (!online) return
    shared?.wake()
    tell(null)
  })
  followVisibility(
    () => shared?.leave(),
    () => {
      shared?.join()
      tell(null)
    },
  )
  return {
    live,
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

// Absent in some web views; refused in some sandboxed frames.
function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name)
  } catch {
    return null
  }
}

function shareStream(
  ports: Ports,
  channel: BroadcastChannel,
  tell: (id: string | null) => void,
  live: Ref<boolean>,
) {
  let stream: ReturnType<typeof openStream> | null = null
  const leader = createLeader({
    // The oldest card has the smallest id: a card that just opened never takes a running stream away.
    id: `${String(Date.now()).padStart(15, '0')}-${crypto.randomUUID()}`,
    post: (message: LeaderMessage) => channel.postMessage(message),
    later: (ms, work) => {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
    hint: tell,
    resync: () => tell(null),
    live: (now) => (live.value = now),
    follow: () => {
      stream?.stop()
      stream = null
    },
    lead: () => {
      stream = openStream({
        session: ports.session,
        reachability: ports.reachability,
        hint: (id) => {
          leader.relay(id)
          tell(id)
        },
        live: (now) => {
          // Between two streams, of this card or of the leader before, hints may have been lost.
          if (now) tell(null)
          live.value = now
          leader.setLive(now)
        },
      })
    },
  })
  channel.onmessage = (event: MessageEvent<LeaderMessage>) => leader.receive(event.data)
  addEventListener('pagehide', () => leader.leave())
  watch(ports.session.ended, (ended) => ended && leader.leave())
  if (document.visibilityState === 'visible') leader.join()
  return { join: leader.join, leave: leader.leave, wake: () => stream?.wake() }
}

/** A card hidden for 30 s steps out; one that is shown again steps in and reads what it missed. */
function followVisibility(hidden: () => void, shown: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (document.visibilityState === 'hidden') timer = setTimeout(hidden, HIDDEN_MS)
    else shown()
  })
}
