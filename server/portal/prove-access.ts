import { z } from 'zod'
import { noteCalls } from '../bitrix/call-log.ts'
import { rawPortalBatch, type Command, type CommandAnswer } from '../bitrix/raw-call.ts'
import type { RecordRef } from '../contract.ts'
import type { Deps } from '../deps.ts'
import { toAppError, type AppError } from '../errors.ts'
import type { PortalId } from '../ids.ts'

export type Application = { id: string; code: string }
export type Proof = {
  ok: true
  application: Application
  userId: string
  userName: string
  isAdmin: boolean
  /** Whether this user may read the record that was asked for; true when none was. */
  mayRead: boolean
}
export type ProofRefusal = { ok: false; reason: 'refused' | 'moved' | 'unreachable' }

const TIMEOUT_MS = 5000
// Bitrix24 forgives two requests a second (limits of REST).
const BUSY_MS = 500
const ENTITY_TYPE_ID = { lead: 1, deal: 2, contact: 3, company: 4 } as const

const AppInfo = z.object({ ID: z.coerce.string().min(1), CODE: z.coerce.string().min(1) })
const Profile = z.object({
  ID: z.coerce.string().regex(/^\d{1,18}$/),
  NAME: z.string().catch(''),
  LAST_NAME: z.string().catch(''),
})
const Yes = z.union([z.literal(true), z.literal('1'), z.literal(1)])

type At = { endpoint: string; token: string; portalId?: PortalId }
type Doubt = ProofRefusal | { ok: false; reason: 'busy' }

/**
 * Asks the portal, in one batch with this very token, whose it is, of which application, and whether it may read `record`; noted in
 * the call log of a `portalId` that is known. Not held back by its limits, for an administrator's open is what lifts a stop; a portal
 * that is asked too much at the moment is asked again, for 5 s altogether.
 */
export async function proveAccess(
  deps: Deps,
  at: At,
  record: RecordRef | null = null,
): Promise<Proof | ProofRefusal> {
  const until = performance.now() + TIMEOUT_MS
  for (;;) {
    const proof = await proveOnce(deps, at, record, Math.ceil(until - performance.now()))
    if (proof.ok || proof.reason !== 'busy') return proof
    if (performance.now() + BUSY_MS > until) return { ok: false, reason: 'unreachable' }
    await new Promise((resolve) => void setTimeout(resolve, BUSY_MS))
  }
}

async function proveOnce(
  deps: Deps,
  { endpoint, token, portalId }: At,
  record: RecordRef | null,
  timeoutMs: number,
): Promise<Proof | Doubt> {
  const commands: Record<string, Command> = {
    app: { method: 'app.info', params: {} },
    profile: { method: 'profile', params: {} },
    admin: { method: 'user.admin', params: {} },
    ...(record && {
      record: {
        method: 'crm.item.get',
        params: { entityTypeId: ENTITY_TYPE_ID[record.type], id: record.id },
      },
    }),
  }
  const began = performance.now()
  const note = (errorOf: (key: string) => AppError | null) => {
    if (!portalId) return
    const ms = performance.now() - began
    const calls = Object.entries(commands).map(([key, command]) => ({ command, error: errorOf(key), ms }))
    noteCalls(deps, portalId, calls)
  }
  try {
    const answers = await rawPortalBatch(deps, endpoint, token, commands, timeoutMs)
    note((key) => (answers[key]?.ok === false ? answers[key].error : null))
    return judge(answers)
  } catch (thrown) {
    note(() => toAppError(thrown))
    return { ok: false, reason: reasonOf(thrown) }
  }
}

function judge(answers: Record<string, CommandAnswer>): Proof | Doubt {
  const stuck = Object.values(answers).find((answer) => !answer.ok && answer.error.retry !== 'never')
  if (stuck && !stuck.ok) return { ok: false, reason: reasonOf(stuck.error) }
  const app = AppInfo.safeParse(resultOf(answers.app))
  const profile = Profile.safeParse(resultOf(answers.profile))
  if (!app.success || !profile.success) return { ok: false, reason: 'refused' }
  return {
    ok: true,
    application: { id: app.data.ID, code: app.data.CODE },
    userId: profile.data.ID,
    userName: `${profile.data.NAME} ${profile.data.LAST_NAME}`.trim().slice(0, 200),
    isAdmin: Yes.safeParse(resultOf(answers.admin)).success,
    mayRead: answers.record?.ok ?? true,
  }
}

const resultOf = (answer: CommandAnswer | undefined): unknown => (answer?.ok ? answer.result : undefined)

function reasonOf(thrown: unknown): Doubt['reason'] {
  const error = toAppError(thrown)
  if (error.remote === 'QUERY_LIMIT_EXCEEDED') return 'busy'
  if (error.remote === 'MOVED') return 'moved'
  // An expired token is refused like a foreign one: the page that shows it can be opened again.
  const final = error.retry === 'never' || error.retry === 'refresh-token' || error.code === 'host_refused'
  return final && error.code !== 'internal' ? 'refused' : 'unreachable'
}
