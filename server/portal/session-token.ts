import { errors, jwtVerify, SignJWT } from 'jose'
import type { Deps } from '../deps.ts'
import { isUuid, asId, type PortalId, type SessionId } from '../ids.ts'

export type SessionKey = { portalId: PortalId; sessionId: SessionId; userId: string }

const ISSUER = 'wasync'
const AUDIENCE = 'widget'
const TYPE = 'widget+jwt'
const DAY_SECONDS = 86_400

/** A token for one session row, HS256 under the session key of the first encryption key. */
export async function signSessionToken(
  deps: Pick<Deps, 'keyring' | 'clock'>,
  session: SessionKey,
  expiresAt: Date,
): Promise<string> {
  const { id, raw } = await deps.keyring.first('session')
  return new SignJWT({ pid: session.portalId, sid: session.sessionId })
    .setProtectedHeader({ alg: 'HS256', kid: id, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(session.userId)
    .setIssuedAt(new Date(deps.clock.now()))
    .setExpirationTime(expiresAt)
    .sign(raw)
}

/** The session a token stands for; null for a token that is not ours, changed, or expired (unless `expired` ones count too). */
export async function readSessionToken(
  deps: Pick<Deps, 'keyring' | 'clock'>,
  token: string,
  accept: { expired: boolean } = { expired: false },
): Promise<SessionKey | null> {
  try {
    const { payload } = await jwtVerify(token, async ({ kid }) => keyOf(deps, kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(deps.clock.now()),
      // The row behind it decides how long a session lives; no row outlives a day.
      clockTolerance: accept.expired ? DAY_SECONDS : 0,
    })
    const { pid, sid, sub } = payload
    if (!isUuid(pid) || !isUuid(sid) || sub === undefined) return null
    return { portalId: asId<PortalId>(pid), sessionId: asId<SessionId>(sid), userId: sub }
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

async function keyOf(deps: Pick<Deps, 'keyring'>, kid: string | undefined): Promise<Uint8Array> {
  const raw = kid === undefined ? undefined : await deps.keyring.raw('session', kid)
  if (!raw) throw new errors.JWSInvalid('unknown key')
  return raw
}
