import type { Deps } from '../deps.ts'
import { AppError, toAppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { pausePortal, stopPortalCalls } from './budget.ts'
import { noteCalls } from './call-log.ts'
import type { Lane } from './caller.ts'
import { awaitBudget } from './limiter.ts'
import { keepLimit, noteOperating } from './method-limits.ts'
import { askPortal, rawPortalBatch, type Command, type CommandAnswer } from './raw-call.ts'

/** A request to one portal: in whose lane, and when it must be over (`performance.now()` ms). */
export type Sending = {
  portalId: PortalId
  lane: Lane
  credentials: { endpoint: string; token: string }
  deadline: number
}

/** How long an interactive call may take altogether; a background one may wait and then still use its own timeout. */
export const INTERACTIVE_MS = 5000
const BACKGROUND_WAIT_MS = 30_000
const BACKGROUND_CALL_MS = 15_000
const BACK_OFF_MS = [1000, 2000, 4000] as const

/** When a call that begins now must be over. */
export const deadlineOf = (lane: Lane): number =>
  performance.now() + (lane === 'interactive' ? INTERACTIVE_MS : BACKGROUND_WAIT_MS + BACKGROUND_CALL_MS)

/** One call within the portal's limits, noted in the call log. The limits it meets become pauses that every replica keeps. */
export function sendToPortal(deps: Deps, sending: Sending, command: Command): Promise<unknown> {
  const { portalId, credentials } = sending
  return withinLimits(deps, sending, [command.method], async (_, timeoutMs) => {
    const began = performance.now()
    const note = (error: AppError | null) =>
      noteCalls(deps, portalId, [{ command, error, ms: performance.now() - began }])
    try {
      const { result, operating } = await askPortal(deps, credentials, command, timeoutMs)
      note(null)
      noteOperating(deps.db, portalId, command.method, operating)
      return result
    } catch (thrown) {
      const error = toAppError(thrown)
      note(error)
      await keepLimit(deps, portalId, command.method, error)
      throw thrown
    }
  })
}

/** At most 50 commands in one request; a command whose method is paused is answered without being sent. */
export function sendBatchToPortal(
  deps: Deps,
  sending: Sending,
  commands: Record<string, Command>,
): Promise<Record<string, CommandAnswer>> {
  const methods = Object.values(commands).map(({ method }) => method)
  return withinLimits(deps, sending, methods, async (pauses, timeoutMs) => {
    const open = Object.fromEntries(Object.entries(commands).filter(([, { method }]) => !pauses.has(method)))
    const answers = await sendOpen(deps, sending, open, timeoutMs)
    return Object.fromEntries(
      Object.entries(commands).map(([key, { method }]) => [
        key,
        answers[key] ?? { ok: false, error: pausedError(pauses.get(method) ?? 0) },
      ]),
    )
  })
}

async function sendOpen(
  deps: Deps,
  { portalId, credentials: { endpoint, token } }: Sending,
  commands: Record<string, Command>,
  timeoutMs: number,
): Promise<Record<string, CommandAnswer>> {
  const began = performance.now()
  const note = (errorOf: (key: string) => AppError | null) => {
    const ms = performance.now() - began
    const calls = Object.entries(commands).map(([key, command]) => ({ command, error: errorOf(key), ms }))
    noteCalls(deps, portalId, calls)
  }
  const answers = await rawPortalBatch(deps, endpoint, token, commands, timeoutMs).catch((error: unknown) => {
    note(() => toAppError(error))
    throw error
  })
  note((key) => (answers[key]?.ok === false ? answers[key].error : null))
  await learn(deps, portalId, commands, answers)
  return answers
}

async function learn(
  deps: Deps,
  portalId: PortalId,
  commands: Record<string, Command>,
  answers: Record<string, CommandAnswer>,
): Promise<void> {
  let crowded = false
  for (const [key, { method }] of Object.entries(commands)) {
    const answer = answers[key]
    if (answer?.ok) noteOperating(deps.db, portalId, method, answer.operating)
    else if (answer) await keepLimit(deps, portalId, method, answer.error)
    crowded ||= answer?.ok === false && answer.error.remote === 'QUERY_LIMIT_EXCEEDED'
  }
  if (crowded) await pausePortal(deps.db, portalId, BACK_OFF_MS[0])
}

// QUERY_LIMIT_EXCEEDED means that nothing ran: it is safe to repeat whatever it was.
async function withinLimits<T>(
  deps: Deps,
  { portalId, lane, deadline }: Sending,
  methods: readonly string[],
  send: (pauses: ReadonlyMap<string, number>, timeoutMs: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const pauses = await awaitBudget(deps, portalId, { lane, methods, waitMs: waitFor(lane, deadline) })
    try {
      const leftMs = lane === 'interactive' ? deadline - performance.now() : BACKGROUND_CALL_MS
      return await send(pauses, Math.max(1, Math.ceil(leftMs)))
    } catch (thrown) {
      const error = toAppError(thrown)
      const backOffMs = BACK_OFF_MS[attempt]
      if (error.remote === 'OVERLOAD_LIMIT') await stopPortalCalls(deps.db, portalId, error.remote)
      if (error.remote !== 'QUERY_LIMIT_EXCEEDED') throw thrown
      await pausePortal(deps.db, portalId, backOffMs ?? 8000)
      if (backOffMs === undefined) throw error
    }
  }
}

function waitFor(lane: Lane, deadline: number): number {
  const left = deadline - performance.now()
  return Math.max(0, lane === 'interactive' ? left : left - BACKGROUND_CALL_MS)
}

const pausedError = (afterMs: number) =>
  new AppError('portal_limited', 'The portal asks us to slow down.', {
    retry: { afterMs: Math.ceil(afterMs) },
    remote: 'OPERATION_TIME_LIMIT',
  })
