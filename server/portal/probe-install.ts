import { and, eq } from 'drizzle-orm'
import { userToken } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { exchangeRefreshToken, type OAuthRefusal } from '../bitrix/oauth.ts'
import { openSecret } from '../crypto/portal-secrets.ts'
import type { Deps } from '../deps.ts'
import type { PortalId } from '../ids.ts'
import { storeTokens } from './access-token.ts'
import { rememberExchange } from './exchange-once.ts'
import { readPortal } from './portals.ts'

export type ProbeVerdict = 'alive' | OAuthRefusal

/** Asks the OAuth server for a new token of the portal's service user, under that token's row lock; a granted one is kept. */
export async function probeInstall(deps: Deps, portalId: PortalId): Promise<ProbeVerdict> {
  const probed = await withPortal(deps.db, portalId, async (tx) => {
    const row = await readPortal(tx, portalId)
    if (!row) return { verdict: 'portal_gone' as const }
    const userId = row.serviceUserId
    const [held] = await tx.orm
      .select({ refreshToken: userToken.refreshToken })
      .from(userToken)
      .where(and(eq(userToken.portalId, portalId), eq(userToken.userId, userId)))
      .for('update')
    if (!held?.refreshToken) return { verdict: 'invalid_grant' as const }
    const place = { table: 'user_token', column: 'refresh_token', row: userId }
    const refreshToken = await openSecret(tx, deps.keyring, portalId, place, held.refreshToken)
    const answer = await exchangeRefreshToken(deps, row.oauthOrigin, refreshToken)
    if (!answer.ok) return { verdict: answer.reason }
    await storeTokens(tx, deps, portalId, userId, answer.tokens)
    return { verdict: 'alive' as const, spent: refreshToken, userId }
  })
  if (probed.spent !== undefined) {
    await rememberExchange(deps, probed.spent, { portalId, userId: probed.userId, isAdmin: true })
  }
  return probed.verdict
}
