import { portal } from '#db/schema/index.ts'
import { withControl, withPortal, type Tx } from '#db/tenancy.ts'
import { ne } from 'drizzle-orm'
import type { OAuthTokens } from '../bitrix/oauth.ts'
import { resumeWaiting } from '../channel/resume-waiting.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { asId, newId, type PortalId } from '../ids.ts'
import { storeTokens } from './access-token.ts'
import { compareApplicationToken, sealApplicationToken } from './application-token.ts'
import { NEW_REGISTRATION, isRegistered } from './install-progress.ts'
import type { InstallClaim } from './install-claim.ts'
import { changePortal, readPortal, type PortalRow } from './portals.ts'
import type { Proof } from './prove-access.ts'
import { noteUser } from './portal-users.ts'
import { resumeIntake } from './stop-intake.ts'
import { writeAudit } from './write-audit.ts'

type Entry = { claim: InstallClaim; oauthOrigin: string; tokens: OAuthTokens; proof: Proof }

/** Writes down what the OAuth exchange proved, and enqueues the registration with it. A portal that had left comes back. */
export async function enterPortal(deps: Deps, entry: Entry): Promise<PortalId> {
  const portalId = await enterMember(deps, entry.tokens.memberId)
  await withPortal(deps.db, portalId, async (tx) => {
    const before = await lockRow(tx, deps, portalId, entry)
    const { claim, tokens, proof } = entry
    await storeTokens(tx, deps, portalId, tokens.userId, tokens)
    await noteUser(tx, deps, portalId, proof)
    if (claim.applicationToken) await keepApplicationToken(tx, deps, portalId, claim.applicationToken)
    if (before && !mustRegister(before, entry)) return
    await beginRegistration(tx, deps, portalId)
    const action = before?.state === 'active' ? 'portal.registered_again' : 'portal.installed'
    await writeAudit(tx, portalId, { kind: 'user', id: proof.userId }, action)
  })
  await resumeIntake(deps, portalId)
  return portalId
}

/** A claim whose refresh token is spent, proved by its access token: a portal that had left comes back, a first application token is kept. */
export async function rejoinPortal(deps: Deps, portalId: PortalId, claim: InstallClaim): Promise<void> {
  await withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId, 'update')
    if (!row || row.state === 'erasing') throw beingErased()
    const { applicationToken: shown } = claim
    // One that differs would need the exchange; the first one has nothing to differ from.
    if (shown && !row.applicationToken) await keepApplicationToken(tx, deps, portalId, shown)
    const failed = row.registration['error'] !== undefined
    if (row.state === 'active' && !(claim.from === 'page' && failed)) return
    await changePortal(tx, portalId, { state: 'active', stoppedAt: null })
    await beginRegistration(tx, deps, portalId)
  })
  await resumeIntake(deps, portalId)
}

/** Starts the registration anew and lets sends go on that waited for the portal; the jobs commit with the caller's transaction. */
export async function beginRegistration(tx: Tx, deps: Deps, portalId: PortalId): Promise<void> {
  await changePortal(tx, portalId, { registration: NEW_REGISTRATION })
  await deps.jobs.enqueue(tx, { queue: 'portal.register', data: { portalId }, key: portalId })
  await resumeWaiting(deps, tx, portalId)
}

/** Keeps an application token, unless it is the one we have. */
export async function keepApplicationToken(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  shown: string,
): Promise<void> {
  const row = await readPortal(tx, portalId)
  if (!row || (await compareApplicationToken(tx, deps, portalId, row, shown)) === 'same') return
  const applicationToken = await sealApplicationToken(tx, deps, portalId, shown)
  await changePortal(tx, portalId, { applicationToken })
}

async function enterMember(deps: Deps, memberId: string): Promise<PortalId> {
  const [row] = await withControl(
    deps.db,
    (tx) => tx.sql<{ id: string }[]>`select control.enter_member(${memberId}, ${newId()}) as id`,
  )
  if (!row) throw new AppError('internal', 'The portal got no id.')
  return asId<PortalId>(row.id)
}

// Page and event meet at this row: the second one finds what the first one wrote.
async function lockRow(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  { oauthOrigin, tokens, proof }: Entry,
): Promise<PortalRow | undefined> {
  const before = await readPortal(tx, portalId, 'update')
  const proved = {
    clientEndpoint: tokens.clientEndpoint,
    oauthOrigin,
    applicationId: proof.application.id,
    applicationCode: proof.application.code,
    serviceUserId: tokens.userId,
    state: 'active' as const,
    stoppedAt: null,
  }
  const installedAt = new Date(deps.clock.now())
  const written = await tx.orm
    .insert(portal)
    .values({ portalId, memberId: tokens.memberId, installedAt, ...proved })
    .onConflictDoUpdate({ target: portal.portalId, set: proved, setWhere: ne(portal.state, 'erasing') })
    .returning({ portalId: portal.portalId })
  if (written.length === 0) throw beingErased()
  return before
}

// The event that follows a finished install finds everything registered; an installer page is shown only when it is not.
function mustRegister(before: PortalRow, { claim, tokens, proof }: Entry): boolean {
  return (
    claim.from === 'page' ||
    before.state !== 'active' ||
    !isRegistered(before) ||
    before.clientEndpoint !== tokens.clientEndpoint ||
    before.applicationId !== proof.application.id
  )
}

const beingErased = () =>
  new AppError('unavailable', 'The data of the last install is being erased.', { retry: 'later' })
