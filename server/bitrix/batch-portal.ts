import type { Deps } from '../deps.ts'
import type { Caller } from './caller.ts'
import { BATCH_SIZE, type Command, type CommandAnswer } from './raw-call.ts'
import { deadlineOf, sendBatchToPortal } from './send-to-portal.ts'
import { withCredentials } from './with-credentials.ts'

/**
 * Runs commands with the caller's stored token, 50 to a request, in order, each answered for itself. Throws as `callPortal` does
 * when a request as a whole failed: then a lost answer is `unknown-outcome` for every command of it.
 */
export async function batchPortal(
  deps: Deps,
  caller: Caller,
  commands: Record<string, Command>,
): Promise<Record<string, CommandAnswer>> {
  const all = Object.entries(commands)
  const answers: Record<string, CommandAnswer> = {}
  for (let from = 0; from < all.length; from += BATCH_SIZE) {
    const deadline = deadlineOf(caller.lane)
    const part = Object.fromEntries(all.slice(from, from + BATCH_SIZE))
    const some = await withCredentials(deps, caller, deadline, (credentials) =>
      sendBatchToPortal(deps, { portalId: caller.portalId, lane: caller.lane, credentials, deadline }, part),
    )
    Object.assign(answers, some)
  }
  return answers
}
