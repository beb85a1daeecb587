import { withPortal, type Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { announceChange } from '../conversation/announce-change.ts'
import { lockConversation } from '../conversation/conversations.ts'
import { seesConversation } from '../conversation/sees-conversation.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId } from '../ids.ts'
import { writeAudit } from '../portal/write-audit.ts'
import { noteChange, readBindings, replaceBindings } from './bindings.ts'
import { mayRead, refKey, type CrmReader } from './read-rights.ts'

export type MoveVerdict = { ok: true } | { ok: false; reason: 'not_found' }

/**
 * Binds a conversation to another record by hand; its history follows. The user has to be able to read both, otherwise neither is
 * there for them. Noted with who did it; `undoMove` takes it back. Throws `rights_unavailable`.
 */
export async function moveConversation(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
  target: RecordRef,
): Promise<MoveVerdict> {
  const [sees, reads] = await Promise.all([
    seesConversation(deps, user, conversationId),
    mayRead(deps, user, target),
  ])
  if (!sees || !reads) return { ok: false, reason: 'not_found' }
  return withPortal(deps.db, user.portalId, (tx) => move(deps, tx, user, conversationId, target))
}

async function move(
  deps: Deps,
  tx: Tx,
  { portalId, userId }: CrmReader,
  conversationId: ConversationId,
  target: RecordRef,
): Promise<MoveVerdict> {
  if (!(await lockConversation(tx, portalId, conversationId))) return { ok: false, reason: 'not_found' }
  const before = await readBindings(tx, portalId, conversationId)
  const [owner] = before
  if (owner && refKey(owner) === refKey(target)) return { ok: true }
  await replaceBindings(tx, portalId, conversationId, [target])
  await noteChange(tx, portalId, conversationId, {
    ...{ reason: 'moved', actorId: userId, before, after: [target] },
  })
  const subject = { conversationId, from: before.map(refKey).join(), to: refKey(target) }
  await writeAudit(tx, portalId, { kind: 'user', id: userId }, 'conversation.moved', subject)
  await announceChange(deps, tx, portalId, conversationId)
  return { ok: true }
}
