import { withPortal } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { readableRecords, refKey, type CrmReader } from '../crm/read-rights.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId } from '../ids.ts'
import { bindingsOf } from './conversations.ts'
import { askAdmin } from '../portal/ask-admin.ts'

export type Bound = { id: ConversationId; refs: readonly RecordRef[] }

/** Whether this user may see a conversation; false also when there is none. Throws `rights_unavailable`. */
export async function seesConversation(
  deps: Deps,
  user: CrmReader,
  conversationId: ConversationId,
): Promise<boolean> {
  const refs = await withPortal(deps.db, user.portalId, (tx) => bindingsOf(tx, user.portalId, conversationId))
  return refs !== undefined && (await seesBound(deps, user, refs))
}

/** Whether this user may see what is bound to these records; what is bound to none is for administrators. */
export async function seesBound(deps: Deps, user: CrmReader, refs: readonly RecordRef[]): Promise<boolean> {
  if (refs.length === 0) return askAdmin(deps, user)
  return (await readableRecords(deps, user, refs)).size > 0
}

/** Which of these conversations this user may see; asks the portal once for all of them. */
export async function visibleAmong(
  deps: Deps,
  user: CrmReader,
  conversations: readonly Bound[],
): Promise<Set<ConversationId>> {
  const refs = conversations.flatMap((one) => one.refs)
  const [readable, admin] = await Promise.all([
    refs.length > 0 ? readableRecords(deps, user, refs) : new Set<string>(),
    conversations.some((one) => one.refs.length === 0) && askAdmin(deps, user),
  ])
  const sees = ({ refs: own }: Bound) =>
    own.length === 0 ? admin : own.some((ref) => readable.has(refKey(ref)))
  return new Set(conversations.filter(sees).map((one) => one.id))
}
