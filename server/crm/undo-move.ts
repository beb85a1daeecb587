import { withPortal, type Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { announceChange } from '../conversation/announce-change.ts'
import { lockConversation } from '../conversation/conversations.ts'
import { seesConversation } from '../conversation/sees-conversation.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId } from '../ids.ts'
import { askAdmin } from '../portal/ask-admin.ts'
import { readPortal } from '../portal/portals.ts'
import { writeAudit } from '../portal/write-audit.ts'
import { lastChange, noteChange, readBindings, replaceBindings, type Change } from './bindings.ts'
import { readableRecords, refKey, type CrmReader } from './read-rights.ts'

export type UndoVerdict = { ok: true } | { ok: false; reason: 'not_found' | 'nothing_to_undo' }

/**
 * Takes back the newest move, by hand or after a deletion: the conversation is bound as before, without records that are gone.
 * The user has to be able to read what it goes back to. Throws `rights_unavailable`.
 */
export async function undoMove(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
): Promise<UndoVerdict> {
  const { portalId } = user
  if (!(await seesConversation(deps, user, conversationId))) return { ok: false, reason: 'not_found' }
  const change = await withPortal(deps.db, portalId, (tx) => lastChange(tx, portalId, conversationId))
  const refs = change ? await restorable(deps, user, change) : null
  if (!change || !refs) return { ok: false, reason: 'nothing_to_undo' }
  return withPortal(deps.db, portalId, (tx) => restore(deps, tx, user, conversationId, { change, refs }))
}

/**
 * What a conversation would be bound to if this change were undone: what was there before and still is. Null when it cannot be
 * undone, or not by this user: nobody undoes their way to what they may not read; back to no record at all is for administrators.
 */
export async function restorable(
  deps: Deps,
  user: CrmReader,
  { reason, before }: Change,
): Promise<RecordRef[] | null> {
  if (reason !== 'moved' && reason !== 'matched-again') return null
  const portal = await withPortal(deps.db, user.portalId, (tx) => readPortal(tx, user.portalId))
  if (!portal) return null
  const service = { portalId: user.portalId, userId: portal.serviceUserId }
  const there = await readableRecords(deps, service, before)
  const refs = before.filter((ref) => there.has(refKey(ref)))
  if (refs.length === 0) return (await askAdmin(deps, user)) ? [] : null
  return (await readableRecords(deps, user, refs)).size > 0 ? refs : null
}

async function restore(
  deps: Deps,
  tx: Tx,
  { portalId, userId }: CrmReader,
  conversationId: ConversationId,
  { change, refs }: { change: Change; refs: RecordRef[] },
): Promise<UndoVerdict> {
  if (!(await lockConversation(tx, portalId, conversationId))) return { ok: false, reason: 'not_found' }
  const undone = await tx.sql`
    update app.binding_change set undone_at = now()
    where portal_id = ${portalId} and id = ${change.id} and undone_at is null returning 1`
  if (undone.length === 0) return { ok: false, reason: 'nothing_to_undo' }
  const before = await readBindings(tx, portalId, conversationId)
  await replaceBindings(tx, portalId, conversationId, refs)
  if (refs.length === 0)
    await noteChange(tx, portalId, conversationId, {
      ...{ reason: 'dissolved', actorId: userId, before, after: [] },
    })
  const subject = { conversationId, from: before.map(refKey).join(), to: refs.map(refKey).join() }
  await writeAudit(tx, portalId, { kind: 'user', id: userId }, 'conversation.move-undone', subject)
  await announceChange(deps, tx, portalId, conversationId)
  return { ok: true }
}
