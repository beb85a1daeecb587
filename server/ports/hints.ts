import type { ConversationId, PortalId } from '../ids.ts'
import type { Tx } from '#db/tenancy.ts'

/** "Something changed here, read again." Losing or doubling one is harmless. */
export interface Hints {
  /** Sent once the transaction has committed. */
  publish(tx: Tx, portalId: PortalId, conversationIds: ConversationId | readonly ConversationId[]): void
  /** Calls back for every hint of a portal until the returned function is called. */
  subscribe(portalId: PortalId, listener: (conversationId: ConversationId) => void): () => void
}
