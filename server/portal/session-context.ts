import type { Language, PageName, RecordRef } from '../contract.ts'
import type { ConversationId, PortalId, SessionId } from '../ids.ts'

/** Who asks, from which page: what a checked session token stands for. */
export type SessionContext = {
  portalId: PortalId
  sessionId: SessionId
  userId: string
  userName: string
  isAdmin: boolean
  page: PageName
  entity: RecordRef | null
  conversationId: ConversationId | null
  portalLanguage: Language
}
