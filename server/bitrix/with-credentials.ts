import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { accessToken, refreshAccessToken, type Credentials } from '../portal/access-token.ts'
import { endSessions } from '../portal/sessions.ts'
import { pausePortal } from './budget.ts'
import type { Caller } from './caller.ts'

const MOVED_PAUSE_MS = 5000

/**
 * Runs `work` with the caller's token, and once more with a refreshed one when the portal says that it expired or has moved.
 * A redirect is never followed: the OAuth server's answer to the refresh names the portal's true address.
 * Whose token the portal refuses for good is dismissed or shut out: that user's sessions end.
 */
export async function withCredentials<T>(
  deps: Deps,
  caller: Caller,
  deadline: number,
  work: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  const { portalId, userId } = caller
  try {
    return await workOrRefresh(deps, caller, deadline, work)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'portal_token_refused' && thrown.retry === 'never') {
      await withPortal(deps.db, portalId, (tx) => endSessions(tx, portalId, userId))
    }
    throw thrown
  }
}

async function workOrRefresh<T>(
  deps: Deps,
  { portalId, userId, lane }: Caller,
  deadline: number,
  work: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  // A refresh that others wait for goes on without us.
  const inTime = <R>(token: Promise<R>) => (lane === 'interactive' ? before(deadline, token) : token)
  const credentials = await inTime(accessToken(deps, portalId, userId))
  try {
    return await work(credentials)
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.retry !== 'refresh-token') throw thrown
    const fresh = await inTime(refreshAccessToken(deps, portalId, userId, credentials.token))
    if (thrown.remote === 'MOVED' && fresh.endpoint === credentials.endpoint) {
      // Otherwise every call of a portal that redirects for ever would cost a refresh.
      await pausePortal(deps.db, portalId, MOVED_PAUSE_MS)
      throw new AppError('portal_unreachable', 'The portal redirects to nowhere.', {
        retry: 'later',
        remote: 'MOVED',
      })
    }
    return work(fresh).catch((again: unknown) => {
      throw asFinal(again)
    })
  }
}

// One refresh is all a call gets; whoever sees the error must not think of another.
function asFinal(error: unknown): unknown {
  if (!(error instanceof AppError) || error.retry !== 'refresh-token') return error
  return new AppError(error.code, error.message, { retry: 'later', remote: error.remote ?? '' })
}

function before<T>(deadline: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => {
      const message = 'The OAuth server takes too long.'
      late.reject(new AppError('portal_unreachable', message, { retry: 'later', remote: 'NO_ANSWER' }))
    },
    Math.max(1, deadline - performance.now()),
  )
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
