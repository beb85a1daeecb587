import { and, eq } from 'drizzle-orm'
import type { Db } from '#db/pool.ts'
import { portal, portalUser, userToken } from '#db/schema/index.ts'
import { withPortal, type Tx } from '#db/tenancy.ts'
import { exchangeRefreshToken, type OAuthRefusal, type OAuthTokens } from '../bitrix/oauth.ts'
import { openSecret, sealSecret, type Place } from '../crypto/portal-secrets.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { rememberExchange } from './exchange-once.ts'

export type Credentials = { token: string; endpoint: string }

/** A pair as a page or an OAuth server gave it; an event may come without a refresh token. */
export type TokenPair = Pick<OAuthTokens, 'accessToken' | 'expiresAt'> & { refreshToken: string | null }

type Held = {
  credentials: Credentials
  usable: boolean
  refreshToken: string | null
  memberId: string
  oauthOrigin: string
  isAdmin: boolean
}
type Outcome =
  | { kind: 'usable'; credentials: Credentials }
  | { kind: 'refreshed'; tokens: OAuthTokens; held: Held; spent: string }
  | { kind: 'refused'; spent: string }

type Gate = { open: Map<string, Promise<Credentials>>; waiting: (() => void)[]; busy: number }

const SPARE_MS = 5000
// Each refresh holds a connection while the OAuth server thinks; the rest of the pool stays free for webhooks.
const MOST_REFRESHES = 4
const gates = new WeakMap<Db, Gate>()

/** Keeps the portal's tokens of a user, sealed; newer ones replace older ones and lift a refusal. Call inside `withPortal`. */
export async function storeTokens(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  userId: string,
  tokens: TokenPair,
): Promise<void> {
  const seal = (column: string, text: string) =>
    sealSecret(tx, deps.keyring, portalId, placeOf(userId, column), text)
  const accessToken = await seal('access_token', tokens.accessToken)
  const refreshToken = tokens.refreshToken === null ? null : await seal('refresh_token', tokens.refreshToken)
  const renewed = {
    accessToken,
    expiresAt: tokens.expiresAt,
    updatedAt: new Date(deps.clock.now()),
    ...(refreshToken && { refreshToken, refusedAt: null }),
  }
  await tx.orm
    .insert(userToken)
    .values({ portalId, userId, ...renewed })
    .onConflictDoUpdate({ target: [userToken.portalId, userToken.userId], set: renewed })
}

/** A token of this user that is not known to have expired. Throws `portal_token_refused`, `portal_gone`, `portal_unreachable`. */
export async function accessToken(deps: Deps, portalId: PortalId, userId: string): Promise<Credentials> {
  const held = await withPortal(deps.db, portalId, (tx) => readHeld(tx, deps, portalId, userId))
  return held.usable ? held.credentials : refreshAccessToken(deps, portalId, userId, held.credentials.token)
}

/**
 * A token of this user other than `staleToken`: whoever holds the row's lock refreshes, everybody else reads what came of it.
 * OAuth spends the old refresh token before our commit: after a crash in between, the next refresh is refused, the last access
 * token lives on until it expires, and the next page this user opens brings a new pair.
 */
export function refreshAccessToken(
  deps: Deps,
  portalId: PortalId,
  userId: string,
  staleToken: string,
): Promise<Credentials> {
  const gate = gates.get(deps.db) ?? { open: new Map(), waiting: [], busy: 0 }
  gates.set(deps.db, gate)
  const key = `${portalId}:${userId}:${staleToken}`
  const running = gate.open.get(key)
  if (running) return running
  const started = throughGate(gate, () => refresh(deps, portalId, userId, staleToken))
  const settled = started.finally(() => gate.open.delete(key))
  gate.open.set(key, settled)
  return settled
}

async function throughGate<T>(gate: Gate, work: () => Promise<T>): Promise<T> {
  if (gate.busy >= MOST_REFRESHES) await new Promise<void>((resolve) => gate.waiting.push(resolve))
  else gate.busy++
  try {
    return await work()
  } finally {
    const next = gate.waiting.shift()
    if (next) next()
    else gate.busy--
  }
}

async function refresh(deps: Deps, portalId: PortalId, userId: string, stale: string): Promise<Credentials> {
  let spent: string | null = null
  // A page open may replace the pair while ours is being refused: the new one gets its chance.
  for (let round = 0; round < 3; round++) {
    const outcome = await refreshOnce(deps, { portalId, userId, stale, spent })
    if (outcome.kind === 'usable') return outcome.credentials
    if (outcome.kind === 'refreshed') return settle(deps, portalId, userId, outcome)
    spent = outcome.spent
  }
  throw refused()
}

async function refreshOnce(
  deps: Deps,
  want: { portalId: PortalId; userId: string; stale: string; spent: string | null },
): Promise<Outcome> {
  const { portalId, userId } = want
  const outcome = await withPortal(deps.db, portalId, async (tx): Promise<Outcome | null> => {
    const held = await readHeld(tx, deps, portalId, userId, { lock: true })
    if (held.usable && held.credentials.token !== want.stale) {
      return { kind: 'usable', credentials: held.credentials }
    }
    if (held.refreshToken === null) return null
    if (held.refreshToken === want.spent) return markRefused(tx, deps, portalId, userId)
    const verdict = await exchangeRefreshToken(deps, held.oauthOrigin, held.refreshToken)
    if (!verdict.ok) {
      if (verdict.reason === 'invalid_grant') return { kind: 'refused', spent: held.refreshToken }
      throw refusalError(verdict.reason)
    }
    if (verdict.tokens.memberId !== held.memberId || verdict.tokens.userId !== userId) return null
    await storeTokens(tx, deps, portalId, userId, verdict.tokens)
    return { kind: 'refreshed', tokens: verdict.tokens, held, spent: held.refreshToken }
  })
  if (!outcome) throw refused()
  return outcome
}

// Only after the commit, in their own transactions: an install locks the portal's row first and the token's second.
async function settle(
  deps: Deps,
  portalId: PortalId,
  userId: string,
  { tokens, held, spent }: Extract<Outcome, { kind: 'refreshed' }>,
): Promise<Credentials> {
  // A page opened within this hour still shows the spent token; it must not replace the new one.
  await rememberExchange(deps, spent, { portalId, userId, isAdmin: held.isAdmin })
  if (tokens.clientEndpoint !== held.credentials.endpoint) {
    await withPortal(deps.db, portalId, (tx) =>
      tx.orm
        .update(portal)
        .set({ clientEndpoint: tokens.clientEndpoint })
        .where(eq(portal.portalId, portalId)),
    )
  }
  return { token: tokens.accessToken, endpoint: tokens.clientEndpoint }
}

async function readHeld(
  tx: Tx,
  deps: Deps,
  portalId: PortalId,
  userId: string,
  options: { lock?: boolean } = {},
): Promise<Held> {
  const mine = and(eq(userToken.portalId, portalId), eq(userToken.userId, userId))
  const query = tx.orm.select().from(userToken).where(mine)
  const [token] = await (options.lock ? query.for('update') : query)
  if (!token) throw refused()
  // After the lock: whoever held it may have changed the portal's address.
  const [row] = await tx.orm
    .select({ portal, isAdmin: portalUser.isAdmin })
    .from(portal)
    .leftJoin(portalUser, and(eq(portalUser.portalId, portalId), eq(portalUser.userId, userId)))
    .where(eq(portal.portalId, portalId))
  if (row?.portal.state !== 'active') throw refusalError('portal_gone')
  const open = (column: string, cell: Uint8Array) =>
    openSecret(tx, deps.keyring, portalId, placeOf(userId, column), cell)
  const { refreshToken, refusedAt, expiresAt } = token
  return {
    credentials: {
      token: await open('access_token', token.accessToken),
      endpoint: row.portal.clientEndpoint,
    },
    usable: expiresAt.getTime() - SPARE_MS > deps.clock.now(),
    refreshToken:
      options.lock && refreshToken && !refusedAt ? await open('refresh_token', refreshToken) : null,
    memberId: row.portal.memberId,
    oauthOrigin: row.portal.oauthOrigin,
    isAdmin: row.isAdmin ?? false,
  }
}

async function markRefused(tx: Tx, deps: Deps, portalId: PortalId, userId: string): Promise<null> {
  await tx.orm
    .update(userToken)
    .set({ refusedAt: new Date(deps.clock.now()) })
    .where(and(eq(userToken.portalId, portalId), eq(userToken.userId, userId)))
  deps.log.warn('portal.token.refused', { portalId })
  return null
}

const placeOf = (userId: string, column: string): Place => ({ table: 'user_token', column, row: userId })

const refused = () =>
  new AppError('portal_token_refused', 'This user must open the app in the portal again.', {
    remote: 'invalid_grant',
  })

function refusalError(reason: Exclude<OAuthRefusal, 'invalid_grant'>): AppError {
  if (reason === 'unreachable') {
    return new AppError('portal_unreachable', 'The OAuth server did not answer.', {
      retry: 'later',
      remote: reason,
    })
  }
  if (reason === 'portal_gone' || reason === 'wrong_client') {
    return new AppError('portal_gone', 'The app is not installed on this portal.', { remote: reason })
  }
  return new AppError('portal_refused', 'The OAuth server refuses this app at the moment.', {
    retry: 'later',
    remote: reason,
  })
}
