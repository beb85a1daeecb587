import { withPortal } from '#db/tenancy.ts'
import type { Binding, RecordRef } from '../contract.ts'
import { seesBound } from '../conversation/sees-conversation.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { ConversationId } from '../ids.ts'
import { lastChange, readBindings } from './bindings.ts'
import { readCards } from './read-cards.ts'
import { refKey, type CrmReader } from './read-rights.ts'
import { restorable } from './undo-move.ts'

/**
 * What a conversation is bound to and why, as far as this user may read it. Throws `not_found` for a conversation the user may not
 * see, and `rights_unavailable`.
 */
export async function readBinding(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
): Promise<Binding> {
  const { portalId } = user
  const state = await withPortal(deps.db, portalId, async (tx) => {
    const found =
      await tx.sql`select 1 from app.conversation where portal_id = ${portalId} and id = ${conversationId}`
    if (found.length === 0) return undefined
    const refs = await readBindings(tx, portalId, conversationId)
    const change = await lastChange(tx, portalId, conversationId)
    const [mover] = await tx.sql<{ name: string }[]>`
      select name from app.portal_user where portal_id = ${portalId} and user_id = ${change?.actorId ?? ''}`
    return { refs, change, mover }
  })
  if (!state || !(await seesBound(deps, user, state.refs)))
    throw new AppError('not_found', 'There is no such conversation.')
  const { refs, change, mover } = state
  const others = change?.candidates ?? []
  const [cards, before] = await Promise.all([
    readCards(deps, user, [...refs, ...others]),
    change ? restorable(deps, user, change) : null,
  ])
  const among = (wanted: readonly RecordRef[]) =>
    cards.filter((card) => wanted.some((ref) => refKey(ref) === refKey(card)))
  return {
    records: among(refs),
    reason: !change || change.reason === 'dissolved' ? null : change.reason,
    movedBy: change?.reason === 'moved' ? (mover?.name ?? null) : null,
    candidates: among(others),
    canUndo: before !== null,
  }
}
