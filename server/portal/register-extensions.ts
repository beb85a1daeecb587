import { eq } from 'drizzle-orm'
import { portal } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { batchPortal } from '../bitrix/batch-portal.ts'
import { serviceCaller, type Caller } from '../bitrix/caller.ts'
import type { CommandAnswer } from '../bitrix/raw-call.ts'
import type { Deps } from '../deps.ts'
import { AppError, toAppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'
import { extensionsVersion, planExtensions, QUESTIONS, readFound, type Found } from './plan-extensions.ts'

type Step = 'placements' | 'events' | 'ready'
type StepState = 'running' | 'done' | 'failed'
type Known = { registeredVersion: string | null; retries: number }

const BACK_OFF_MS = [10_000, 30_000, 60_000, 300_000]
const LONGEST_BACK_OFF_MS = 600_000
const MOST_RETRIES = 100

/**
 * Makes the portal's placements and events exactly those of `placements/index.ts`: get, unbind the stale, bind the missing, look
 * again. Job `portal.register`: its outcome is written to `portal.registration` (a state per step; `error` holds the portal's
 * code), and what may pass is tried again later. Safe to run twice, late, or after an uninstall.
 */
export async function registerExtensions(deps: Deps, portalId: PortalId): Promise<void> {
  const known = await begin(deps, portalId)
  if (!known) return
  try {
    await apply(deps, await serviceCaller(deps, portalId), known)
  } catch (error) {
    await recordFailure(deps, portalId, toAppError(error), known)
  }
}

async function begin(deps: Deps, portalId: PortalId): Promise<Known | null> {
  return withPortal(deps.db, portalId, async (tx) => {
    const [row] = await tx.orm.select().from(portal).where(eq(portal.portalId, portalId))
    if (row?.state !== 'active') return null
    return {
      registeredVersion: row.registeredVersion,
      retries: Number(row.registration['retries'] ?? 0),
    }
  })
}

async function apply(deps: Deps, caller: Caller, known: Known): Promise<void> {
  const { publicUrl } = deps.config
  const version = await extensionsVersion(publicUrl)
  const answers = await batchPortal(deps, caller, QUESTIONS)
  await keepLeadsMode(deps, caller.portalId, answers['leads'])
  const found = foundIn(answers)
  const renew = known.registeredVersion !== null && known.registeredVersion !== version
  const commands = planExtensions(found, publicUrl, { renew })
  if (Object.keys(commands).length > 0) {
    await setSteps(deps, caller.portalId, { placements: 'running', events: 'running', ready: 'running' })
    const results = await batchPortal(deps, caller, commands)
    const { leads: _, ...lists } = QUESTIONS
    await refuseUnlessComplete(deps, caller, foundIn(await batchPortal(deps, caller, lists)), results)
  }
  await withPortal(deps.db, caller.portalId, (tx) =>
    tx.orm
      .update(portal)
      .set({ registration: steps('done'), registeredVersion: version })
      .where(eq(portal.portalId, caller.portalId)),
  )
  deps.log.info('portal.registered', { portalId: caller.portalId, count: Object.keys(commands).length })
}

const steps = (state: StepState): Record<Step, StepState> => ({
  placements: state,
  events: state,
  ready: state,
})

// What the portal lists afterwards counts, not what each command answered: "already bound" is as good as bound.
async function refuseUnlessComplete(
  deps: Deps,
  caller: Caller,
  found: Found,
  results: Record<string, CommandAnswer>,
): Promise<void> {
  const missing = Object.values(planExtensions(found, deps.config.publicUrl, { renew: false }))
  if (missing.length === 0) return
  const failed = Object.values(results).find((answer) => !answer.ok)
  const isTab = missing.some(({ method }) => method.startsWith('placement.'))
  const isEvent = missing.some(({ method }) => method.startsWith('event.'))
  await setSteps(deps, caller.portalId, {
    placements: isTab ? 'running' : 'done',
    events: isEvent ? 'running' : 'done',
    ready: 'running',
  })
  throw failed?.ok === false ? failed.error : incomplete()
}

const incomplete = () =>
  new AppError('portal_refused', 'The portal did not keep what was registered.', {
    retry: 'later',
    remote: 'NOT_KEPT',
  })

function foundIn(answers: Record<string, CommandAnswer>): Found {
  const { placements, events } = answers
  if (placements?.ok === false) throw placements.error
  if (events?.ok === false) throw events.error
  const found = readFound(placements?.result, events?.result)
  if (!found) {
    throw new AppError('portal_unreachable', 'The portal answered in a shape we do not know.', {
      retry: 'later',
      remote: 'SHAPE',
    })
  }
  return found
}

// 1: leads are on; 2: "simple CRM", without leads (docs: crm.settings.mode.get).
async function keepLeadsMode(
  deps: Deps,
  portalId: PortalId,
  answer: CommandAnswer | undefined,
): Promise<void> {
  if (!answer?.ok) return
  const leadsEnabled = Number(answer.result) !== 2
  await withPortal(deps.db, portalId, (tx) =>
    tx.orm.update(portal).set({ leadsEnabled }).where(eq(portal.portalId, portalId)),
  )
}

async function setSteps(deps: Deps, portalId: PortalId, registration: Record<string, string>): Promise<void> {
  await withPortal(deps.db, portalId, (tx) =>
    tx.orm.update(portal).set({ registration }).where(eq(portal.portalId, portalId)),
  )
}

async function recordFailure(deps: Deps, portalId: PortalId, error: AppError, known: Known): Promise<void> {
  const code = error.remote ?? error.code
  const mayPass = error.retry !== 'never' || error.code === 'internal'
  const again = mayPass && known.retries < MOST_RETRIES
  deps.log.warn('portal.register.failed', {
    portalId,
    code: error.code,
    remote: code,
    attempt: known.retries + 1,
    error,
  })
  await withPortal(deps.db, portalId, async (tx) => {
    const [row] = await tx.orm
      .select({ registration: portal.registration })
      .from(portal)
      .where(eq(portal.portalId, portalId))
      .for('update')
    if (!row) return
    const before = { ...steps('running'), ...row.registration }
    const state = (step: Step) => (again || before[step] === 'done' ? (before[step] ?? 'running') : 'failed')
    const registration = {
      ...{ placements: state('placements'), events: state('events'), ready: again ? 'running' : 'failed' },
      ...(again ? { retries: String(known.retries + 1) } : { error: code }),
    }
    await tx.orm.update(portal).set({ registration }).where(eq(portal.portalId, portalId))
    if (!again) return
    const afterMs = delayOf(error, known.retries)
    await deps.jobs.enqueue(tx, { queue: 'portal.register', data: { portalId }, key: portalId, afterMs })
  })
}

function delayOf(error: AppError, retries: number): number {
  const asked = typeof error.retry === 'object' ? error.retry.afterMs : 0
  return Math.max(asked, BACK_OFF_MS[retries] ?? LONGEST_BACK_OFF_MS)
}
