import type { Db } from '#db/pool.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { takeBudget, type MethodPauses, type Wants } from './budget.ts'
import type { Lane } from './caller.ts'

type Waiter = {
  lane: Lane
  methods: readonly string[]
  deadline: number
  grant: (pauses: MethodPauses) => void
  refuse: (error: unknown) => void
}
type Line = { waiters: Waiter[]; running: boolean; wake: () => void }

// Requests of one process stand in one line per portal, so that a burst costs one transaction and not one each.
const lines = new WeakMap<Db, Map<PortalId, Line>>()
const STOPPED_RETRY_MS = 600_000
const SHORTEST_NAP_MS = 10
// Another replica may pause or free the portal meanwhile.
const LONGEST_NAP_MS = 1000

/**
 * Waits until one request may be sent to a portal, at most `waitMs`; answers the methods that are paused.
 * Throws `portal_limited` when the wait is too long, every one of `methods` is paused, or the portal has stopped us.
 */
export function awaitBudget(
  deps: Deps,
  portalId: PortalId,
  want: { lane: Lane; methods: readonly string[]; waitMs: number },
): Promise<MethodPauses> {
  return new Promise((resolve, reject) => {
    const since = performance.now()
    const done = () =>
      deps.metrics.portalWait.observe({ lane: want.lane }, (performance.now() - since) / 1000)
    const line = lineOf(deps.db, portalId)
    line.waiters.push({
      ...{ lane: want.lane, methods: want.methods, deadline: since + want.waitMs },
      grant: (pauses) => (done(), resolve(pauses)),
      refuse: (error) => (done(), reject(error)),
    })
    line.wake()
    if (!line.running) void serve(deps, portalId, line)
  })
}

function lineOf(db: Db, portalId: PortalId): Line {
  const known = lines.get(db) ?? new Map<PortalId, Line>()
  lines.set(db, known)
  const line = known.get(portalId) ?? { waiters: [], running: false, wake: () => {} }
  known.set(portalId, line)
  return line
}

async function serve(deps: Deps, portalId: PortalId, line: Line): Promise<void> {
  line.running = true
  try {
    while (line.waiters.length > 0) {
      const napMs = await serveOnce(deps.db, portalId, line)
      if (line.waiters.length > 0) await nap(line, napMs)
    }
  } catch (error) {
    for (const waiter of line.waiters.splice(0)) waiter.refuse(error)
  } finally {
    line.running = false
    lines.get(deps.db)?.delete(portalId)
  }
}

async function serveOnce(db: Db, portalId: PortalId, line: Line): Promise<number> {
  const { grant, pauses } = await takeBudget(db, portalId, (known) => {
    refuseBlocked(line, known)
    return countLanes(line)
  })
  if (grant.stoppedReason !== null) {
    for (const waiter of line.waiters.splice(0)) waiter.refuse(limited(STOPPED_RETRY_MS, grant.stoppedReason))
    return 0
  }
  for (const waiter of leave(line, 'interactive', grant.interactive)) waiter.grant(pauses)
  for (const waiter of leave(line, 'background', grant.background)) waiter.grant(pauses)
  refuseLate(line, grant.waitMs)
  return Math.min(...line.waiters.map((waiter) => grant.waitMs[waiter.lane]), LONGEST_NAP_MS)
}

function refuseBlocked(line: Line, pauses: MethodPauses): void {
  if (pauses.size === 0) return
  const blocked = line.waiters.filter(
    ({ methods }) => methods.length > 0 && methods.every((method) => pauses.has(method)),
  )
  line.waiters = line.waiters.filter((waiter) => !blocked.includes(waiter))
  for (const waiter of blocked) {
    const soonest = Math.min(...waiter.methods.map((method) => pauses.get(method) ?? 0))
    waiter.refuse(limited(soonest, 'OPERATION_TIME_LIMIT'))
  }
}

function refuseLate(line: Line, waitMs: Record<Lane, number>): void {
  const now = performance.now()
  const late = line.waiters.filter((waiter) => waiter.deadline < now + waitMs[waiter.lane])
  line.waiters = line.waiters.filter((waiter) => !late.includes(waiter))
  for (const waiter of late) waiter.refuse(limited(Math.max(1000, waitMs[waiter.lane]), 'BUDGET'))
}

function countLanes(line: Line): Wants {
  const interactive = line.waiters.filter((waiter) => waiter.lane === 'interactive').length
  return { interactive, background: line.waiters.length - interactive }
}

function leave(line: Line, lane: Lane, count: number): Waiter[] {
  const first = line.waiters.filter((waiter) => waiter.lane === lane).slice(0, count)
  line.waiters = line.waiters.filter((waiter) => !first.includes(waiter))
  return first
}

/** The portal's limit, ours or theirs: nothing was sent. */
function limited(afterMs: number, remote: string): AppError {
  return new AppError('portal_limited', 'The portal asks us to slow down.', {
    retry: { afterMs: Math.ceil(afterMs) },
    remote,
  })
}

// A newcomer wakes the line: it may be of the lane that need not wait.
function nap(line: Line, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(ms, SHORTEST_NAP_MS))
    line.wake = () => (clearTimeout(timer), resolve())
  })
}
