import type { Db } from '#db/pool.ts'
import { withPortal } from '#db/tenancy.ts'
import type { Deps } from '../deps.ts'
import type { AppError } from '../errors.ts'
import { newId, type PortalId } from '../ids.ts'
import type { Command } from './raw-call.ts'

type Entry = { method: string; params: string[]; code: string; ms: number; at: number }
type Buffer = {
  entries: Map<PortalId, Entry[]>
  count: number
  timer: ReturnType<typeof setTimeout> | undefined
}

const buffers = new WeakMap<Db, Buffer>()
const FLUSH_AFTER_MS = 500
const FLUSH_AT = 200

/** Notes portal calls for the log the Market asks for: method, names of parameters, code, milliseconds; never a value. */
export function noteCalls(
  deps: Deps,
  portalId: PortalId,
  calls: readonly { command: Command; error: AppError | null; ms: number }[],
): void {
  const buffer = bufferOf(deps.db)
  const list = buffer.entries.get(portalId) ?? []
  buffer.entries.set(portalId, list)
  for (const { command, error, ms } of calls) {
    deps.metrics.portalCalls.inc({ code: error?.code ?? 'ok' })
    const code = error ? (error.remote ?? error.code) : 'ok'
    list.push({
      method: command.method,
      params: namesOf(command),
      code,
      ms: Math.round(ms),
      at: deps.clock.now(),
    })
  }
  buffer.count += calls.length
  if (buffer.count >= FLUSH_AT) void flushCallLog(deps)
  else buffer.timer ??= setTimeout(() => void flushCallLog(deps), FLUSH_AFTER_MS).unref()
}

/** Writes what was noted. Call it before the pool is closed; a failure is logged, never thrown. */
export async function flushCallLog(deps: Deps): Promise<void> {
  const buffer = bufferOf(deps.db)
  clearTimeout(buffer.timer)
  const waiting = [...buffer.entries]
  Object.assign(buffer, { entries: new Map(), count: 0, timer: undefined })
  for (const [portalId, entries] of waiting) {
    await write(deps, portalId, entries).catch((error: unknown) =>
      deps.log.warn('portal.call-log.lost', { portalId, count: entries.length, error }),
    )
  }
}

function bufferOf(db: Db): Buffer {
  const known = buffers.get(db)
  if (known) return known
  const fresh: Buffer = { entries: new Map(), count: 0, timer: undefined }
  buffers.set(db, fresh)
  return fresh
}

async function write(deps: Deps, portalId: PortalId, entries: readonly Entry[]): Promise<void> {
  const rows = entries.map((entry) => ({
    ...entry,
    id: newId(entry.at),
    at: new Date(entry.at).toISOString(),
  }))
  await withPortal(
    deps.db,
    portalId,
    (tx) => tx.sql`
      insert into app.portal_call (portal_id, id, at, method, params, code, ms)
      select ${portalId}, r.id, r.at, r.method, r.params, r.code, r.ms
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as r (id uuid, at timestamptz, method text, params text[], code text, ms int)`,
  )
}

// A parameter's name is ours and plain; anything else might be a value that got into a key.
function namesOf({ params }: Command): string[] {
  return Object.keys(params).filter((name) => /^[A-Za-z_]{1,40}$/.test(name))
}
