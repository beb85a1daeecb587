import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionKey } from './session-token.ts'
import { readSession } from './sessions.ts'

// An uninstall must end sessions within 15 s: this, and the seconds until its job has run.
const FRESH_MS = 8000
const MOST_KEPT = 20_000

type Kept = { session: Promise<SessionContext | null>; readAt: number }

/** Reads living sessions, each at most every 8 s per process. */
export function createSessionReader(deps: Deps): (key: SessionKey) => Promise<SessionContext | null> {
  const kept = new Map<string, Kept>()
  return ({ portalId, sessionId }) => {
    const now = deps.clock.now()
    const name = `${portalId}:${sessionId}`
    const known = kept.get(name)
    if (known && now - known.readAt < FRESH_MS) return known.session
    if (kept.size >= MOST_KEPT) dropStale(kept, now)
    const session = withPortal(deps.db, portalId, (tx) => readSession(tx, deps, portalId, sessionId))
    kept.set(name, { session, readAt: now })
    session.catch(() => kept.delete(name))
    return session
  }
}

function dropStale(kept: Map<string, Kept>, now: number): void {
  for (const [id, { readAt }] of kept) if (now - readAt >= FRESH_MS) kept.delete(id)
}
