import { withPortal } from '#db/tenancy.ts'
import type { Conversation, RecordRef } from '../contract.ts'
import { mayRead, type CrmReader } from '../crm/read-rights.ts'
import { relatedRecords } from '../crm/related-records.ts'
import type { Deps } from '../deps.ts'
import { conversationRows, type ConversationPlace } from './conversation-rows.ts'
import { readCursor, UUID, writeCursor } from './cursor.ts'
import { visibleAmong } from './sees-conversation.ts'
import { toConversation, type ConversationRow } from './to-conversation.ts'

export type ConversationPage = { items: Conversation[]; nextCursor: string | null }

// One batch of rights asks for 2,500 records; a chunk of candidates stays well below it.
const CANDIDATES = 200
const CHUNKS = 25

/**
 * Conversations this user may see, newest first: those of a record (and of what belongs to it), or all. Pages are
 * filled by reading on. A record the user may not read gives an empty list. Throws `rights_unavailable`.
 */
export async function listConversations(
  deps: Deps,
  user: CrmReader,
  query: { limit: number; cursor?: string | undefined; record?: RecordRef | undefined },
): Promise<ConversationPage> {
  const refs = query.record ? await recordsOf(deps, user, query.record) : undefined
  if (refs?.length === 0) return { items: [], nextCursor: null }
  const now = deps.clock.now()
  const shown: ConversationRow[] = []
  let after = query.cursor === undefined ? undefined : placeOf(query.cursor)
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const limit = Math.min(CANDIDATES, query.limit * 2 + 1)
    const rows = await withPortal(deps.db, user.portalId, (tx) =>
      conversationRows(tx, user.portalId, { ...(refs ? { refs } : {}), after, limit }),
    )
    const visible = await visibleAmong(deps, user, rows.map(toBound))
    shown.push(...rows.filter((row) => visible.has(row.conversationId)))
    if (shown.length > query.limit) return pageOf(shown.slice(0, query.limit), shown[query.limit - 1], now)
    const last = rows.at(-1)
    if (rows.length < limit || !last) return pageOf(shown, undefined, now)
    after = keyOf(last)
  }
  // A long stretch of what this user may not see: the next page goes on behind it.
  return { ...pageOf(shown, undefined, now), nextCursor: after ? cursorOf(after) : null }
}

async function recordsOf(deps: Deps, user: CrmReader, record: RecordRef): Promise<RecordRef[]> {
  if (!(await mayRead(deps, user, record))) return []
  return [record, ...(await relatedRecords(deps, user, record))]
}

const toBound = (row: ConversationRow) => ({ id: row.conversationId, refs: row.refs })
const keyOf = (row: ConversationRow): ConversationPlace => ({ at: row.lastMessageAt, id: row.conversationId })
const cursorOf = ({ at, id }: ConversationPlace) => writeCursor([at ? at.getTime() : 'none', id])

function pageOf(rows: ConversationRow[], last: ConversationRow | undefined, now: number): ConversationPage {
  return {
    items: rows.map((row) => toConversation(row, now)),
    nextCursor: last ? cursorOf(keyOf(last)) : null,
  }
}

function placeOf(cursor: string): ConversationPlace {
  const [at, id = ''] = readCursor(cursor, [/^(?:none|-?\d{1,15})$/, UUID])
  return { at: at === 'none' ? null : new Date(Number(at)), id }
}
