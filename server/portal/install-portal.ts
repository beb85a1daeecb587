import { withPortal } from '#db/tenancy.ts'
import type { OAuthTokens, OAuthVerdict } from '../bitrix/oauth.ts'
import type { Deps } from '../deps.ts'
import { enterPortal, rejoinPortal } from './enter-portal.ts'
import { exchangeOnce, rememberExchange, type Recalled } from './exchange-once.ts'
import type { InstallClaim } from './install-claim.ts'
import { portalOfMember, readPortal } from './portals.ts'
import { proveAccess, type Proof, type ProofRefusal } from './prove-access.ts'
import { storeTokens } from './access-token.ts'
import type { PortalId } from '../ids.ts'

export type Installed = {
  ok: true
  portalId: PortalId
  /** Whether this very refresh token was exchanged now, and not before. */
  fresh: boolean
  user: Pick<Proof, 'userId' | 'userName' | 'isAdmin'>
}
export type InstallRefusal = {
  ok: false
  reason: 'server_refused' | 'foreign_member' | 'not_admin' | 'refused' | 'unreachable' | 'busy'
}

/**
 * Makes a portal our tenant, or brings it back: solely by what an allow-listed OAuth server answers when the claim's refresh
 * token is exchanged. Safe to repeat, in any order, from page and event at once. Nothing changes when it refuses.
 */
export async function installPortal(deps: Deps, claim: InstallClaim): Promise<Installed | InstallRefusal> {
  const oauthOrigin = readOAuthOrigin(deps, claim.serverEndpoint)
  if (!oauthOrigin) return { ok: false, reason: 'server_refused' }
  if (!claim.refreshToken) return { ok: false, reason: 'refused' }
  // Before the exchange, which would spend the token for nothing.
  if (await isBeingErased(deps, claim.memberId)) return { ok: false, reason: 'busy' }
  return exchangeOnce<Installed | InstallRefusal>(deps, oauthOrigin, claim.refreshToken, {
    enter: (verdict) =>
      verdict.ok ? enter(deps, claim, oauthOrigin, verdict.tokens) : refuse(deps, claim, verdict),
    recall: (known) => recall(deps, claim, known),
  })
}

/** The allow-listed OAuth server behind a SERVER_ENDPOINT; the default one when none is named, null for any other. */
export function readOAuthOrigin(deps: Pick<Deps, 'config'>, serverEndpoint: string): string | null {
  const { oauthOrigins } = deps.config.bitrix24
  if (serverEndpoint === '') return oauthOrigins[0] ?? null
  const origin = URL.canParse(serverEndpoint) ? new URL(serverEndpoint).origin : null
  return origin !== null && oauthOrigins.includes(origin) ? origin : null
}

async function isBeingErased(deps: Deps, memberId: string): Promise<boolean> {
  const portalId = memberId ? await portalOfMember(deps, memberId) : null
  if (!portalId) return false
  const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
  return row?.state === 'erasing'
}

async function enter(
  deps: Deps,
  claim: InstallClaim,
  oauthOrigin: string,
  tokens: OAuthTokens,
): Promise<Installed | InstallRefusal> {
  if (claim.memberId && claim.memberId !== tokens.memberId) return { ok: false, reason: 'foreign_member' }
  const proof = await proveAccess(deps, {
    endpoint: tokens.clientEndpoint,
    token: tokens.accessToken,
  })
  if (!proof.ok) return { ok: false, reason: proof.reason === 'refused' ? 'refused' : 'unreachable' }
  if (proof.userId !== tokens.userId) return { ok: false, reason: 'refused' }
  if (!proof.isAdmin) return turnAway(deps, claim, tokens)
  const portalId = await enterPortal(deps, { claim, oauthOrigin, tokens, proof })
  await rememberExchange(deps, claim.refreshToken, {
    portalId,
    userId: tokens.userId,
    isAdmin: true,
  })
  return { ok: true, portalId, fresh: true, user: proof }
}

// Our exchange spent the refresh token that this user's tabs live on: they get the new pair.
async function turnAway(deps: Deps, claim: InstallClaim, tokens: OAuthTokens): Promise<InstallRefusal> {
  const portalId = await portalOfMember(deps, tokens.memberId)
  if (portalId) {
    await withPortal(deps.db, portalId, async (tx) => {
      const row = await readPortal(tx, portalId, 'share')
      if (row?.state === 'active') await storeTokens(tx, deps, portalId, tokens.userId, tokens)
    })
    await rememberExchange(deps, claim.refreshToken, { portalId, userId: tokens.userId, isAdmin: false })
  }
  return { ok: false, reason: 'not_admin' }
}

// Spent by us before a crash could note it, or by somebody else: what the portal says of the access token decides.
async function refuse(
  deps: Deps,
  claim: InstallClaim,
  verdict: Extract<OAuthVerdict, { ok: false }>,
): Promise<Installed | InstallRefusal> {
  if (verdict.reason === 'unreachable') return { ok: false, reason: 'unreachable' }
  if (verdict.reason !== 'invalid_grant' || !claim.memberId) return { ok: false, reason: 'refused' }
  const portalId = await portalOfMember(deps, claim.memberId)
  return portalId ? rejoin(deps, claim, portalId) : { ok: false, reason: 'refused' }
}

function recall(deps: Deps, claim: InstallClaim, known: Recalled): Promise<Installed | InstallRefusal> {
  return rejoin(deps, claim, known.portalId, known.userId)
}

async function rejoin(
  deps: Deps,
  claim: InstallClaim,
  portalId: PortalId,
  userId?: string,
): Promise<Installed | InstallRefusal> {
  const row = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
  if (!row || row.state === 'erasing') return { ok: false, reason: 'refused' }
  if (claim.memberId && claim.memberId !== row.memberId) return { ok: false, reason: 'foreign_member' }
  const proof: Proof | ProofRefusal = await proveAccess(deps, {
    endpoint: row.clientEndpoint,
    token: claim.accessToken,
  })
  if (!proof.ok) return { ok: false, reason: proof.reason === 'refused' ? 'refused' : 'unreachable' }
  const { id, code } = proof.application
  const same = id === row.applicationId && code === row.applicationCode
  if (!same || (userId !== undefined && proof.userId !== userId)) return { ok: false, reason: 'refused' }
  if (!proof.isAdmin) return { ok: false, reason: 'not_admin' }
  await rejoinPortal(deps, portalId, claim)
  return { ok: true, portalId, fresh: false, user: proof }
}
