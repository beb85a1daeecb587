import { and, eq } from 'drizzle-orm'
import { userToken } from '#db/schema/index.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import type { Language, PageName, RecordRef } from '../contract.ts'
import { allowPortalCalls } from '../bitrix/budget.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { accessToken, refreshAccessToken, storeTokens } from './access-token.ts'
import { compareApplicationToken, type TokenVerdict } from './application-token.ts'
import { noteAdmin } from './ask-admin.ts'
import { isSpent } from './exchange-once.ts'
import { installPortal } from './install-portal.ts'
import { noteUser } from './portal-users.ts'
import { portalOfMember, readPortal, type PortalRow } from './portals.ts'
import { proveAccess, type Proof, type ProofRefusal } from './prove-access.ts'
import { createSession } from './sessions.ts'

/** What a page POST claims, and what it wants to see. */
export type OpenClaim = {
  memberId: string
  serverEndpoint: string
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
  applicationToken: string | null
  page: PageName
  entity: RecordRef | null
  conversationId: ConversationId | null
  language: Language
}
export type Opened = { ok: true; portalId: PortalId; code: string; portalOrigin: string }
export type OpenRefusal = {
  ok: false
  reason: 'not_installed' | 'refused' | 'no_record' | 'unreachable'
  portalId?: PortalId
}

type Known = { portalId: PortalId; row: PortalRow; shown: TokenVerdict }

/**
 * Opens a page for whom the portal itself names, asked with the shown access token at the stored endpoint. An administrator's open
 * brings a portal back that had left, and heals a changed application token, if the refresh token exchanges. No session otherwise.
 */
export async function openPlacement(deps: Deps, claim: OpenClaim): Promise<Opened | OpenRefusal> {
  const known = await findKnown(deps, claim)
  if (!known) return { ok: false, reason: 'not_installed' }
  const { portalId, row, shown } = known
  if (shown === 'omitted') return { ok: false, reason: 'refused', portalId }
  const proof = await prove(deps, known, claim)
  if (!proof.ok)
    return { ok: false, reason: proof.reason === 'refused' ? 'refused' : 'unreachable', portalId }
  const { id, code } = proof.application
  if (id !== row.applicationId || code !== row.applicationCode)
    return { ok: false, reason: 'refused', portalId }
  if (shown === 'different' || row.state !== 'active') {
    const healed = proof.isAdmin && (await bringBack(deps, claim, shown))
    if (!healed) return { ok: false, reason: row.state === 'active' ? 'refused' : 'not_installed', portalId }
  }
  if (!proof.mayRead) return { ok: false, reason: 'no_record', portalId }
  const opened = await enter(deps, portalId, claim, proof)
  return opened ?? { ok: false, reason: 'not_installed', portalId }
}

async function findKnown(deps: Deps, claim: OpenClaim): Promise<Known | null> {
  const portalId = claim.memberId ? await portalOfMember(deps, claim.memberId) : null
  if (!portalId || !claim.accessToken) return null
  return withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    if (!row || row.state === 'erasing') return null
    return {
      portalId,
      row,
      shown: await compareApplicationToken(tx, deps, portalId, row, claim.applicationToken),
    }
  })
}

async function prove(deps: Deps, { portalId, row }: Known, claim: OpenClaim): Promise<Proof | ProofRefusal> {
  const from = (endpoint: string) => ({ endpoint, token: claim.accessToken, portalId })
  const proof = await proveAccess(deps, from(row.clientEndpoint), claim.entity)
  if (proof.ok || proof.reason !== 'moved' || row.state !== 'active') return proof
  // A redirect proves nothing; the OAuth server's answer to the service's refresh names the new address.
  const endpoint = await findEndpoint(deps, portalId, row.serviceUserId)
  return endpoint === null ? proof : proveAccess(deps, from(endpoint), claim.entity)
}

async function findEndpoint(deps: Deps, portalId: PortalId, userId: string): Promise<string | null> {
  try {
    const { token } = await accessToken(deps, portalId, userId)
    return (await refreshAccessToken(deps, portalId, userId, token)).endpoint
  } catch (error) {
    deps.log.warn('placement.moved', { portalId, error })
    return null
  }
}

// A differing application token needs the exchange itself; without one, the proved access token of an administrator is enough.
async function bringBack(deps: Deps, claim: OpenClaim, shown: TokenVerdict): Promise<boolean> {
  const installed = await installPortal(deps, { ...claim, from: 'page' })
  return installed.ok && (installed.fresh || shown !== 'different')
}

async function enter(deps: Deps, portalId: PortalId, claim: OpenClaim, proof: Proof): Promise<Opened | null> {
  const spent = claim.refreshToken === '' || (await isSpent(deps, claim.refreshToken))
  const { page, entity, conversationId, language: portalLanguage } = claim
  const opened = await withPortal(deps.db, portalId, async (tx): Promise<Opened | null> => {
    const row = await readPortal(tx, portalId, 'share')
    if (row?.state !== 'active') return null
    await noteUser(tx, deps, portalId, proof)
    await keepTokens(tx, deps, portalId, { claim, userId: proof.userId, spent })
    const { userId, isAdmin } = proof
    // Bitrix24 lifts an overload block by hand; an administrator who opens the app is the sign to try again.
    if (isAdmin && page === 'app') await allowPortalCalls(tx, portalId)
    const code = await createSession(tx, deps, portalId, {
      ...{ userId, isAdmin, page, entity, conversationId, portalLanguage },
    })
    return { ok: true, portalId, code, portalOrigin: new URL(row.clientEndpoint).origin }
  })
  if (opened) noteAdmin(deps, { portalId, userId: proof.userId }, proof.isAdmin)
  return opened
}

// Frames opened within an hour show the same pair, also after we exchanged it: a spent one must not replace what came of it.
async function keepTokens(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  { claim, userId, spent }: { claim: OpenClaim; userId: string; spent: boolean },
): Promise<void> {
  const now = deps.clock.now()
  const pair = {
    accessToken: claim.accessToken,
    refreshToken: spent ? null : claim.refreshToken,
    expiresAt: new Date(now + claim.expiresInSeconds * 1000),
  }
  if (spent) {
    const [held] = await tx.orm
      .select({ expiresAt: userToken.expiresAt })
      .from(userToken)
      .where(and(eq(userToken.portalId, portalId), eq(userToken.userId, userId)))
    if (held && held.expiresAt.getTime() >= pair.expiresAt.getTime()) return
  }
  await storeTokens(tx, deps, portalId, userId, pair)
}
