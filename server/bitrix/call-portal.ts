import type { Db } from '#db/pool.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { batchPortal } from './batch-portal.ts'
import type { Caller } from './caller.ts'
import type { Command } from './raw-call.ts'
import { deadlineOf, sendToPortal } from './send-to-portal.ts'
import { survivesForm } from './survives-form.ts'
import { withCredentials } from './with-credentials.ts'

type Waiting = { command: Command; resolve: (result: unknown) => void; reject: (error: unknown) => void }

// Calls of one caller made within one tick, or a moment in the background, leave as one request: requests are what the portal counts.
const gathering = new WeakMap<Db, Map<string, Waiting[]>>()
const MOST_GATHERED = 25
// Nobody looks at a background call: it waits a moment for company.
const GATHER_MS = { interactive: 0, background: 25 } as const

/**
 * Calls a REST method with the caller's stored token; the answer's `result`. `once` marks what must not run twice: it travels
 * alone, and a lost answer is `unknown-outcome` instead of `later`. Interactive calls end after 5 s, background ones wait longer.
 * Throws `portal_limited`, `portal_refused`, `portal_unreachable`, `portal_token_refused`, `portal_gone`.
 */
export function callPortal(
  deps: Deps,
  caller: Caller,
  method: string,
  params: Record<string, unknown>,
  options: { once?: boolean } = {},
): Promise<unknown> {
  const command = { method, params }
  if (options.once) return callAlone(deps, caller, command)
  return (survivesForm(params) ? gather(deps, caller, command) : callAlone(deps, caller, command)).catch(
    (error: unknown) => {
      throw repeatable(error)
    },
  )
}

function callAlone(deps: Deps, caller: Caller, command: Command): Promise<unknown> {
  const deadline = deadlineOf(caller.lane)
  return withCredentials(deps, caller, deadline, (credentials) =>
    sendToPortal(deps, { portalId: caller.portalId, lane: caller.lane, credentials, deadline }, command),
  )
}

function gather(deps: Deps, caller: Caller, command: Command): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const open = gathering.get(deps.db) ?? new Map<string, Waiting[]>()
    gathering.set(deps.db, open)
    const key = `${caller.portalId}:${caller.userId}:${caller.lane}`
    const known = open.get(key)
    const group = known && known.length < MOST_GATHERED ? known : []
    group.push({ command, resolve, reject })
    if (group === known) return
    open.set(key, group)
    setTimeout(() => {
      if (open.get(key) === group) open.delete(key)
      void leave(deps, caller, group)
    }, GATHER_MS[caller.lane])
  })
}

async function leave(deps: Deps, caller: Caller, group: readonly Waiting[]): Promise<void> {
  try {
    const [only] = group
    if (only && group.length === 1) return only.resolve(await callAlone(deps, caller, only.command))
    const answers = await batchPortal(
      deps,
      caller,
      Object.fromEntries(group.map(({ command }, index) => [`c${index}`, command])),
    )
    for (const [index, waiting] of group.entries()) {
      const answer = answers[`c${index}`]
      if (answer?.ok) waiting.resolve(answer.result)
      else waiting.reject(answer?.error)
    }
  } catch (error) {
    for (const waiting of group) waiting.reject(error)
  }
}

function repeatable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.retry !== 'unknown-outcome') return error
  const { code, message, remote = '', cause } = error
  return new AppError(code, message, { retry: 'later', remote, cause })
}
