import type { Accepted, SendInput } from '../contract.ts'
import { toRequestError } from '../request-error.ts'

export type Pending = {
  clientId: string
  conversationId: string
  text: string
  replyToId: string | null
  createdAt: string
  state: 'waiting' | 'posting' | 'accepted' | 'refused'
  /** Code of the refusal. */
  reason: string | null
  /** The message's id once the server took it. */
  messageId: string | null
  /** Met a dead connection on its way: counted when the connection is back. */
  delayed: boolean
}

export type OutboxPorts = {
  send: (conversationId: string, input: SendInput) => Promise<Accepted>
  changed: (entries: readonly Pending[]) => void
  accepted: (entry: Pending) => void
  /** All that waited for the connection has left; how many there were. */
  recovered: (count: number) => void
  newId: () => string
  now: () => Date
  later: (ms: number, work: () => void) => void
}

const BACKOFF_MS = [2_000, 4_000, 8_000, 15_000, 30_000]

/** Keeps what was written until the server takes it: one at a time per conversation, always with the same client id. */
export function createOutbox(ports: OutboxPorts) {
  let entries: Pending[] = []
  let failures = 0
  let recovered = 0
  const sending = new Set<string>()

  const set = (clientId: string, change: Partial<Pending>): Pending | undefined => {
    entries = entries.map((entry) => (entry.clientId === clientId ? { ...entry, ...change } : entry))
    ports.changed(entries)
    return entries.find((entry) => entry.clientId === clientId)
  }
  const drop = (match: (entry: Pending) => boolean) => {
    entries = entries.filter((entry) => !match(entry))
    ports.changed(entries)
  }

  const delayWaiting = () => {
    entries = entries.map((entry) => (entry.state === 'waiting' ? { ...entry, delayed: true } : entry))
    ports.changed(entries)
  }

  const post = async (entry: Pending): Promise<boolean> => {
    set(entry.clientId, { state: 'posting', reason: null })
    try {
      const { id } = await ports.send(entry.conversationId, {
        clientId: entry.clientId,
        text: entry.text,
        ...(entry.replyToId ? { replyToId: entry.replyToId } : {}),
      })
      failures = 0
      if (entries.some((one) => one.clientId === entry.clientId && one.delayed)) recovered += 1
      const taken = set(entry.clientId, { state: 'accepted', messageId: id })
      if (taken) ports.accepted(taken)
      return true
    } catch (thrown) {
      const error = toRequestError(thrown)
      if (error.passing || error.code === 'ended') {
        set(entry.clientId, { state: 'waiting' })
        if (error.status === 0) delayWaiting()
        const pause = error.retryAfterMs ?? BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 30_000
        failures += 1
        if (error.code !== 'ended') ports.later(pause, flush)
        return false
      }
      set(entry.clientId, { state: 'refused', reason: error.code })
      return true
    }
  }

  const drain = async (conversationId: string) => {
    if (sending.has(conversationId)) return
    sending.add(conversationId)
    try {
      for (;;) {
        const next = entries.find(
          (entry) => entry.conversationId === conversationId && entry.state === 'waiting',
        )
        if (!next || !(await post(next))) break
      }
    } finally {
      sending.delete(conversationId)
    }
    if (
      recovered > 0 &&
      !entries.some((entry) => entry.delayed && (entry.state === 'waiting' || entry.state === 'posting'))
    ) {
      ports.recovered(recovered)
      recovered = 0
    }
  }

  /** Tries everything that waits, for example when the connection is back. */
  const flush = (): void => {
    for (const id of new Set(
      entries.filter((entry) => entry.state === 'waiting').map((entry) => entry.conversationId),
    ))
      void drain(id)
  }

  return {
    flush,
    /** Takes what was written; it is shown at once and leaves when it can. */
    add(conversationId: string, text: string, replyToId: string | null): Pending {
      const entry: Pending = {
        clientId: ports.newId(),
        conversationId,
        text,
        replyToId,
        createdAt: ports.now().toISOString(),
        state: 'waiting',
        reason: null,
        messageId: null,
        // Behind something that waits for the connection, it waits for the connection too.
        delayed: entries.some((other) => other.state === 'waiting' && other.delayed),
      }
      entries = [...entries, entry]
      ports.changed(entries)
      void drain(conversationId)
      return entry
    },
    /** Sends a refused entry again, with the same client id: nothing of it was stored. */
    retry(clientId: string): void {
      const entry = set(clientId, { state: 'waiting', reason: null })
      if (entry) void drain(entry.conversationId)
    },
    /** Forgets a refused entry. */
    discard: (clientId: string): void =>
      drop((entry) => entry.clientId === clientId && entry.state === 'refused'),
    /** Gives back what the server has not taken, to be kept as a draft. */
    takeBack: (): Pending[] => {
      const waiting = entries.filter((entry) => entry.state === 'waiting')
      drop((entry) => entry.state === 'waiting')
      return waiting
    },
    /** Forgets entries whose message the thread shows by now. */
    settle: (ids: ReadonlySet<string>): void => {
      if (entries.some((entry) => entry.messageId !== null && ids.has(entry.messageId)))
        drop((entry) => entry.messageId !== null && ids.has(entry.messageId))
    },
    entries: (): readonly Pending[] => entries,
  }
}

export type Outbox = ReturnType<typeof createOutbox>
