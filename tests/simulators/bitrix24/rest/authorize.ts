import type { Sim } from '../sim.ts'
import { appOf } from '../sim.ts'
import type { PortalState } from '../state.ts'
import type { Call } from './call.ts'
import { RestError } from './errors.ts'

/** Who calls, by the access token: live, of this portal, of a present application, of an active user with access. */
export function authorize(sim: Sim, portal: PortalState, token: unknown): Omit<Call, 'params' | 'method'> {
  if (typeof token !== 'string' || token === '') {
    throw new RestError(401, 'NO_AUTH_FOUND', 'Wrong authorization data')
  }
  const pair = sim.state.pairs[token]
  if (!pair || pair.revoked || pair.memberId !== portal.memberId) {
    throw new RestError(401, 'invalid_token', 'Unable to get application by token')
  }
  if (pair.expiresAt <= sim.now()) {
    throw new RestError(401, 'expired_token', 'The access token provided has expired.')
  }
  const install = portal.installs.find((one) => one.clientId === pair.clientId)
  const user = portal.users.find((one) => one.id === pair.userId)
  if (!install?.present) throw new RestError(401, 'invalid_token', 'Unable to get application by token')
  if (!user?.active) throw new RestError(401, 'authorization_error', 'Unable to authorize user')
  if (!user.appAccess) {
    throw new RestError(403, 'user_access_error', 'The user does not have access to the application.')
  }
  return { sim, portal, install, user, pair, app: appOf(sim, pair.clientId) }
}
