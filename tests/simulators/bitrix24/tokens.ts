import type { Sim } from './sim.ts'
import { appOf } from './sim.ts'
import type { Pair, PortalState } from './state.ts'
import { randomHex } from './state.ts'

export interface Grant {
  portal: PortalState
  clientId: string
  userId: number
}

/** A new token pair for this user of this application; `refresh: false` for events that carry no refresh token. */
export function issuePair(sim: Sim, grant: Grant, kind: { page?: boolean; refresh?: boolean } = {}): Pair {
  const pair: Pair = {
    accessToken: randomHex(35),
    refreshToken: kind.refresh === false ? null : randomHex(35),
    refreshAlive: kind.refresh !== false,
    clientId: grant.clientId,
    memberId: grant.portal.memberId,
    userId: grant.userId,
    scope: [...appOf(sim, grant.clientId).scope],
    expiresAt: sim.now() + sim.state.tokenLifeSeconds * 1000,
    revoked: false,
    page: kind.page === true,
  }
  sim.state.pairs[pair.accessToken] = pair
  sim.touch()
  return pair
}

/** The pair a page gets: frames opened within one access-token life share it, even when its refresh token is spent. */
export function pagePair(sim: Sim, grant: Grant): Pair {
  const live = pairsOf(sim, grant).filter((pair) => pair.page && !pair.revoked && pair.expiresAt > sim.now())
  return live.at(-1) ?? issuePair(sim, grant, { page: true })
}

/** What the parent's `refreshAuth` gives: a new pair; the refresh token of the page's former pair dies. */
export function refreshPagePair(sim: Sim, grant: Grant): Pair {
  for (const pair of pairsOf(sim, grant)) if (pair.page) [pair.refreshAlive, pair.page] = [false, false]
  return issuePair(sim, grant, { page: true })
}

/** The pair this refresh token belongs to, spent or not. */
export function pairByRefresh(sim: Sim, refreshToken: string): Pair | undefined {
  return Object.values(sim.state.pairs).find((pair) => pair.refreshToken === refreshToken)
}

/** Ends every token of an application on a portal. */
export function revokeAll(sim: Sim, memberId: string, clientId: string): void {
  for (const pair of Object.values(sim.state.pairs)) {
    if (pair.memberId !== memberId || pair.clientId !== clientId) continue
    pair.revoked = true
    pair.refreshAlive = false
  }
  sim.touch()
}

/** Lets every access token run out now; refresh tokens stay good. */
export function expireAll(sim: Sim, memberId?: string): void {
  for (const pair of Object.values(sim.state.pairs)) {
    if (memberId === undefined || pair.memberId === memberId) pair.expiresAt = sim.now() - 1
  }
  sim.touch()
}

function pairsOf(sim: Sim, grant: Grant): Pair[] {
  return Object.values(sim.state.pairs).filter(
    (pair) =>
      pair.memberId === grant.portal.memberId &&
      pair.clientId === grant.clientId &&
      pair.userId === grant.userId,
  )
}
