export type LeaderMessage =
  | { type: 'hello'; from: string }
  | { type: 'beat'; from: string; live: boolean }
  | { type: 'bye'; from: string }
  | { type: 'hint'; from: string; id: string }
  | { type: 'resync'; from: string }

export type LeaderPorts = {
  id: string
  post: (message: LeaderMessage) => void
  /** Runs `work` after `ms`; returns the way to call it off. */
  later: (ms: number, work: () => void) => () => void
  lead: () => void
  follow: () => void
  hint: (conversationId: string) => void
  resync: () => void
  /** What the leader says about the stream. */
  live: (live: boolean) => void
}

export const BEAT_MS = 1_000
/** A leader silent for so long is gone; with the answer time another one leads within 5 s. */
export const SILENCE_MS = 3_000
const ANSWER_MS = 500

/** One leader among the cards of a browser: the smallest id that answers; everyone else listens. */
export function createLeader(ports: LeaderPorts) {
  let role: 'out' | 'follower' | 'leader' = 'out'
  let live = false
  let cancel = () => undefined as void
  const wait = (ms: number, work: () => void) => {
    cancel()
    cancel = ports.later(ms, work)
  }

  const beat = () => {
    ports.post({ type: 'beat', from: ports.id, live })
    wait(BEAT_MS, beat)
  }
  const ask = () => {
    wait(ANSWER_MS, lead)
    ports.post({ type: 'hello', from: ports.id })
  }
  const lead = () => {
    role = 'leader'
    live = false
    beat()
    ports.lead()
  }
  const yieldTo = () => {
    const led = role === 'leader'
    role = 'follower'
    if (led) ports.follow()
    wait(SILENCE_MS, ask)
  }

  const receive = (message: LeaderMessage): void => {
    if (role === 'out' || message.from === ports.id) return
    if (message.type === 'hello') {
      if (role === 'leader') beat()
      // Two that ask at the same time: the smaller id goes first, the other waits for its beat.
      else if (message.from < ports.id) wait(SILENCE_MS, ask)
    } else if (message.type === 'beat') {
      if (role === 'leader' && message.from > ports.id) return beat()
      yieldTo()
      ports.live(message.live)
    } else if (message.type === 'bye') {
      if (role === 'follower') ask()
    } else if (message.type === 'hint') {
      ports.hint(message.id)
    } else {
      ports.resync()
    }
  }

  return {
    receive,
    join(): void {
      if (role !== 'out') return
      role = 'follower'
      ask()
    },
    /** Steps out, for example while hidden; a leader says so, and another takes over at once. */
    leave(): void {
      if (role === 'out') return
      const led = role === 'leader'
      role = 'out'
      cancel()
      if (led) {
        ports.post({ type: 'bye', from: ports.id })
        ports.follow()
      }
    },
    /** The leader passes on what its stream says. */
    relay(conversationId: string): void {
      if (role === 'leader') ports.post({ type: 'hint', from: ports.id, id: conversationId })
    },
    /** The leader's stream came up or went down; after a gap everyone reads again. */
    setLive(now: boolean): void {
      if (role !== 'leader' || live === now) return
      live = now
      beat()
      if (now) ports.post({ type: 'resync', from: ports.id })
    },
    role: () => role,
  }
}
