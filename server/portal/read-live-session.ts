import type { Deps } from '../deps.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionKey } from './session-token.ts'
import { readSession } from './sessions.ts'

// An uninstall must end sessions within 15 s: this, and the seconds until its job has run.
const FRESH_MS = 10_000
// Who keeps asking never waits for it: read again behind an answer, spread so that those who came together part.
const AGAIN_MS = { from: 4000, spread: 4000 }
const MOST_KEPT = 20_000

type Kept = { session: Promise<SessionContext | null>; readAt: number; againAt: number }

/** Reads living sessions; what it answers is at most 10 s old. */
export function createSessionReader(deps: Deps): (key: SessionKey) => Promise<SessionContext | null> {
  const kept = new Map<string, Kept>()

  function read({ portalId, sessionId }: SessionKey, now: number): Promise<SessionContext | null> {
    if (kept.size >= MOST_KEPT) dropStale(kept, now)
    return readSession(deps, portalId, sessionId)
  }

  const keep = (name: string, session: Kept['session'], now: number) =>
    kept.set(name, { session, readAt: now, againAt: now + AGAIN_MS.from + Math.random() * AGAIN_MS.spread })

  return (key) => {
    const now = deps.clock.now()
    const name = `${key.portalId}:${key.sessionId}`
    const known = kept.get(name)
    if (!known || now - known.readAt >= FRESH_MS) {
      const session = read(key, now)
      keep(name, session, now)
      session.catch(() => kept.delete(name))
      return session
    }
    if (now >= known.againAt) {
      known.againAt = Infinity
      // Without the database the old answer stands until it is too old.
      read(key, now).then(
        (session) => keep(name, Promise.resolve(session), now),
        () => {},
      )
    }
    return known.session
  }
}

function dropStale(kept: Map<string, Kept>, now: number): void {
  for (const [id, { readAt }] of kept) if (now - readAt >= FRESH_MS) kept.delete(id)
}
