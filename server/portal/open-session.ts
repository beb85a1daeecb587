import { withPortal } from '#db/tenancy.ts'
import type { Session } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { isUuid, asId, type PortalId, type SessionId } from '../ids.ts'
import { signSessionToken, type SessionKey } from './session-token.ts'
import { readSession, takeCode, type LiveSession } from './sessions.ts'

/** Trades a page's one-time code for a token. Null when the code is unknown, used or too old. */
export async function openSession(deps: Deps, code: string): Promise<Session | null> {
  const [portal, id] = code.split('.')
  if (!isUuid(portal) || !isUuid(id)) return null
  const portalId = asId<PortalId>(portal)
  const sessionId = asId<SessionId>(id)
  const taken = await withPortal(deps.db, portalId, (tx) => takeCode(tx, deps, portalId, sessionId, code))
  return taken ? renewSession(deps, { portalId, sessionId }) : null
}

/** A fresh token for a session that still lives; null when it does not. */
export async function renewSession(
  deps: Deps,
  { portalId, sessionId }: Pick<SessionKey, 'portalId' | 'sessionId'>,
): Promise<Session | null> {
  const live = await readSession(deps, portalId, sessionId)
  return live && answer(deps, live)
}

async function answer(deps: Deps, live: LiveSession): Promise<Session> {
  const end = Math.min(deps.clock.now() + deps.config.sessionTtlSeconds * 1000, live.expiresAt.getTime())
  // A token counts in whole seconds; what we say must not be later than what it says.
  const expiresAt = new Date(Math.floor(end / 1000) * 1000)
  return {
    token: await signSessionToken(deps, live, expiresAt),
    expiresAt: expiresAt.toISOString(),
    user: { id: live.userId, name: live.userName, isAdmin: live.isAdmin },
    entity: live.entity,
  }
}
