import type { Caller } from '../bitrix/caller.ts'
import type { Deps } from '../deps.ts'
import type { Tx } from '#db/tenancy.ts'
import type { RecordRef } from '../contract.ts'
import { newId, type ConversationId, type PortalId } from '../ids.ts'
import { changedAmong, readActivities, readSpan, saveSpans, type ActivityRow } from './activities.ts'
import { readBindings } from './bindings.ts'
import { planSpans } from './plan-spans.ts'
import type { ShownSpan } from './render-activity.ts'

/** One entry that the portal has to be told about, with what it should show now. */
export type DueActivity = ActivityRow & { isLast: boolean; hasNews: boolean; shown: ShownSpan }
export type HistoryPlan = { rev: number; refs: RecordRef[]; due: DueActivity[]; more: boolean }

/** Where an entry is told: the caller, the conversation and what was planned. */
export type Telling = Pick<HistoryPlan, 'rev' | 'refs'> & {
  deps: Deps
  caller: Caller
  conversationId: ConversationId
}

type Head = { rev: string; unanswered: number; channelName: string; personName: string }

const SHOWN_MESSAGES = 10
const AT_ONCE = 10

/** Sorts what is new in a conversation into the entries of its history and reads those that the portal does not show as they are. */
export async function planHistory(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<HistoryPlan | null> {
  const [head] = await tx.sql<Head[]>`
    select c.rev, c.unanswered, ch.name as "channelName", p.name as "personName" from app.conversation c
    join app.channel ch on ch.portal_id = c.portal_id and ch.id = c.channel_id
    join app.person p on p.portal_id = c.portal_id and p.id = c.person_id
    where c.portal_id = ${portalId} and c.id = ${conversationId} for update of c`
  if (!head) return null
  const known = await readActivities(tx, portalId, conversationId)
  const since = Math.max(0, ...known.map((row) => row.shownRev))
  const fresh = await tx.sql<{ at: Date }[]>`
    select sent_at as at from app.message
    where portal_id = ${portalId} and conversation_id = ${conversationId} and rev > ${since} order by sent_at`
  const times = fresh.map(({ at }) => at.getTime())
  await saveSpans(tx, portalId, conversationId, planSpans(known, times, newId), known)
  const refs = await readBindings(tx, portalId, conversationId)
  const rows = await readActivities(tx, portalId, conversationId)
  const changed = await changedAmong(tx, portalId, conversationId)
  const isDue = (row: ActivityRow) => changed.has(row.id) || (row.activityId !== null && row.owner === null)
  // The newest first: that is where somebody waits.
  const all = rows.filter(isDue).toReversed()
  const due: DueActivity[] = []
  for (const row of all.slice(0, AT_ONCE)) {
    const isLast = row.id === rows.at(-1)?.id
    const messages = await readSpan(tx, portalId, conversationId, row, SHOWN_MESSAGES)
    const { channelName, personName } = head
    const unanswered = isLast ? head.unanswered : 0
    const shown = { id: row.id, conversationId, channelName, personName, unanswered, messages }
    due.push({ ...row, isLast, hasNews: changed.has(row.id), shown })
  }
  return { rev: Number(head.rev), refs, due, more: all.length > due.length }
}
