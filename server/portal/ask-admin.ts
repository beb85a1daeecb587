import { and, eq, ne } from 'drizzle-orm'
import { portalUser } from '#db/schema/index.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import type { Deps } from '../deps.ts'
import { AppError, toAppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { endSessions } from './sessions.ts'

type Asker = { portalId: PortalId; userId: string }
type Kept = { answer: Promise<boolean>; askedAt: number }

const FRESH_MS = 60_000
const MOST_KEPT = 10_000
const asked = new WeakMap<Deps, Map<string, Kept>>()

/**
 * Whether the portal says now, or said within a minute, that this user administers it. A user whose token it refuses is logged out.
 * Throws `rights_unavailable` when the portal does not answer, `unauthorized` when the user is gone.
 */
export function askAdmin(deps: Deps, { portalId, userId }: Asker): Promise<boolean> {
  const kept = keptOf(deps)
  const now = deps.clock.now()
  const key = `${portalId}:${userId}`
  const known = kept.get(key)
  if (known && now - known.askedAt < FRESH_MS) return known.answer
  if (kept.size >= MOST_KEPT) kept.clear()
  const answer = ask(deps, portalId, userId)
  kept.set(key, { answer, askedAt: now })
  answer.catch(() => kept.delete(key))
  return answer
}

/** Keeps what the portal just said about a user, so that it need not be asked again for a minute. */
export function noteAdmin(deps: Deps, { portalId, userId }: Asker, isAdmin: boolean): void {
  keptOf(deps).set(`${portalId}:${userId}`, { answer: Promise.resolve(isAdmin), askedAt: deps.clock.now() })
}

function keptOf(deps: Deps): Map<string, Kept> {
  const kept = asked.get(deps) ?? new Map<string, Kept>()
  asked.set(deps, kept)
  return kept
}

async function ask(deps: Deps, portalId: PortalId, userId: string): Promise<boolean> {
  try {
    const caller = { portalId, userId, lane: 'interactive' } as const
    const isAdmin = (await callPortal(deps, caller, 'user.admin', {})) === true
    await withPortal(deps.db, portalId, (tx) => noteRole(tx, portalId, userId, isAdmin))
    return isAdmin
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code !== 'portal_token_refused' && error.code !== 'portal_gone') {
      throw new AppError('rights_unavailable', 'The portal did not tell what this user may do.', {
        retry: 'later',
        cause: thrown,
      })
    }
    throw new AppError('unauthorized', 'This session is over. Reopen the page.')
  }
}

// A session was opened with the role of that moment; another role is another session.
async function noteRole(tx: Tx, portalId: PortalId, userId: string, isAdmin: boolean): Promise<void> {
  const changed = await tx.orm
    .update(portalUser)
    .set({ isAdmin })
    .where(
      and(eq(portalUser.portalId, portalId), eq(portalUser.userId, userId), ne(portalUser.isAdmin, isAdmin)),
    )
    .returning({ userId: portalUser.userId })
  if (changed.length > 0) await endSessions(tx, portalId, userId)
}
