import { decodeJwt } from 'jose'
import type { Deps } from '../deps.ts'
import { readSessionToken, type SessionKey } from './session-token.ts'

const MOST_KEPT = 20_000

type Kept = { key: SessionKey; expiresAt: number }

/** `readSessionToken` that checks each token once per process: the signature would be a tenth of a request. Null from the moment it expires. */
export function createTokenReader(
  deps: Pick<Deps, 'keyring' | 'clock'>,
): (token: string) => Promise<SessionKey | null> {
  const kept = new Map<string, Kept>()
  return async (token) => {
    const now = deps.clock.now()
    const known = kept.get(token)
    if (known && known.expiresAt > now) return known.key
    kept.delete(token)
    const key = await readSessionToken(deps, token)
    if (!key) return null
    if (kept.size >= MOST_KEPT) makeRoom(kept, now)
    kept.set(token, { key, expiresAt: (decodeJwt(token).exp ?? 0) * 1000 })
    return key
  }
}

function makeRoom(kept: Map<string, Kept>, now: number): void {
  for (const [token, { expiresAt }] of kept) if (expiresAt <= now) kept.delete(token)
  if (kept.size >= MOST_KEPT) kept.clear()
}
