import type { Deps } from '../deps.ts'
import { AppError, toAppError } from '../errors.ts'
import { accessToken, refreshAccessToken, type Credentials } from '../portal/access-token.ts'
import { pausePortal } from './budget.ts'
import type { Caller } from './caller.ts'

const MOVED_PAUSE_MS = 60_000

/**
 * Runs `work` with the caller's token, and once more with a refreshed one when the portal says that it expired or has moved.
 * A redirect is never followed: the OAuth server's answer to the refresh names the portal's true address.
 */
export async function withCredentials<T>(
  deps: Deps,
  { portalId, userId }: Caller,
  work: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  const credentials = await accessToken(deps, portalId, userId)
  try {
    return await work(credentials)
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.retry !== 'refresh-token') throw error
    const fresh = await refreshAccessToken(deps, portalId, userId, credentials.token)
    if (error.remote === 'MOVED' && fresh.endpoint === credentials.endpoint) {
      // Otherwise every call of a portal that redirects for ever would cost a refresh.
      await pausePortal(deps.db, portalId, MOVED_PAUSE_MS)
      throw new AppError('portal_unreachable', 'The portal redirects to nowhere.', {
        retry: 'later',
        remote: 'MOVED',
      })
    }
    return work(fresh).catch((again: unknown) => {
      throw asFinal(toAppError(again))
    })
  }
}

// One refresh is all a call gets; whoever sees the error must not think of another.
function asFinal(error: AppError): AppError {
  if (error.retry !== 'refresh-token') return error
  return new AppError(error.code, error.message, { retry: 'later', remote: error.remote ?? '' })
}
