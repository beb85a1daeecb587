import { withPortal, type Tx } from '#db/tenancy.ts'
import { callPortal } from '../bitrix/call-portal.ts'
import { serviceCaller, type Caller } from '../bitrix/caller.ts'
import type { RecordRef } from '../contract.ts'
import { announceChange } from '../conversation/announce-change.ts'
import { lockConversation } from '../conversation/conversations.ts'
import type { Deps } from '../deps.ts'
import { toAppError } from '../errors.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { readPortal } from '../portal/portals.ts'
import { writeAudit } from '../portal/write-audit.ts'
import { noteChange, readBindings, replaceBindings } from './bindings.ts'
import { delayAfter } from './come-back.ts'
import { ENTITY_TYPE_ID } from './entity-types.ts'
import { matchRecords } from './match-records.ts'
import type { Match } from './pick-match.ts'
import { refKey } from './read-rights.ts'
import { isGone } from './update-activity.ts'

type Deleted = { portalId: PortalId; entityType: RecordRef['type']; entityId: string }
type Bound = { id: ConversationId; phone: string | null }

/**
 * Job `crm.rematch`: a record is said to be deleted. If the portal confirms it, its conversations stay with their other records, or
 * are matched again by phone, or are dissolved and then for administrators only. Late or repeated, it changes nothing twice.
 */
export async function rematchRecord(deps: Deps, deleted: Deleted): Promise<void> {
  const { portalId, entityType, entityId } = deleted
  const gone: RecordRef = { type: entityType, id: entityId }
  try {
    const portal = await withPortal(deps.db, portalId, (tx) => readPortal(tx, portalId))
    if (portal?.state !== 'active') return
    const caller = await serviceCaller(deps, portalId)
    if (!(await isDeleted(deps, caller, gone))) return
    const bound = await withPortal(deps.db, portalId, (tx) => boundTo(tx, portalId, gone))
    for (const one of bound) await leave(deps, caller, one, gone)
  } catch (thrown) {
    const error = toAppError(thrown)
    const afterMs = delayAfter(error)
    if (afterMs === null) throw thrown
    deps.log.warn('crm.rematch.failed', { portalId, code: error.code, remote: error.remote })
    const job = { queue: 'crm.rematch', data: deleted, key: portalId, afterMs } as const
    await withPortal(deps.db, portalId, (tx) => deps.jobs.enqueue(tx, job))
  }
}

async function isDeleted(deps: Deps, caller: Caller, { type, id }: RecordRef): Promise<boolean> {
  try {
    await callPortal(deps, caller, 'crm.item.get', { entityTypeId: ENTITY_TYPE_ID[type], id })
    return false
  } catch (error) {
    if (isGone(error)) return true
    // Refused for another reason: it may well be there.
    if (toAppError(error).code === 'portal_refused') return false
    throw error
  }
}

function boundTo(tx: Tx, portalId: PortalId, { type, id }: RecordRef): Promise<Bound[]> {
  return tx.sql<Bound[]>`
    select c.id, p.phone from app.binding b
    join app.conversation c on c.portal_id = b.portal_id and c.id = b.conversation_id
    join app.person p on p.portal_id = c.portal_id and p.id = c.person_id
    where b.portal_id = ${portalId} and b.entity_type = ${type} and b.entity_id = ${id} order by c.id`
}

async function leave(deps: Deps, caller: Caller, { id, phone }: Bound, gone: RecordRef): Promise<void> {
  const { portalId } = caller
  const before = await withPortal(deps.db, portalId, (tx) => readBindings(tx, portalId, id))
  const isOnly = before.every((ref) => refKey(ref) === refKey(gone))
  const match = isOnly && phone !== null ? await matchRecords(deps, caller, phone, gone) : null
  await withPortal(deps.db, portalId, (tx) => rebind(deps, tx, portalId, id, { gone, match }))
}

async function rebind(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  id: ConversationId,
  { gone, match }: { gone: RecordRef; match: Match | null },
): Promise<void> {
  if (!(await lockConversation(tx, portalId, id))) return
  const before = await readBindings(tx, portalId, id)
  if (!before.some((ref) => refKey(ref) === refKey(gone))) return
  const others = before.filter((ref) => refKey(ref) !== refKey(gone))
  const matched = match?.chosen ? [match.chosen, ...(match.deal ? [match.deal] : [])] : []
  const after = others.length > 0 ? others : matched
  await replaceBindings(tx, portalId, id, after)
  const action = others.length > 0 ? 'record-left' : matched.length > 0 ? 'matched-again' : 'dissolved'
  if (action !== 'record-left') {
    const candidates = match?.candidates ?? []
    await noteChange(tx, portalId, id, { reason: action, before, after, candidates })
  }
  const subject = { conversationId: id, record: refKey(gone) }
  await writeAudit(tx, portalId, { kind: 'portal', id: null }, `conversation.${action}`, subject)
  await announceChange(deps, tx, portalId, id)
}
