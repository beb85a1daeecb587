import { withPortal, type Tx } from '#db/tenancy.ts'
import { batchPortal } from '../bitrix/batch-portal.ts'
import type { Caller } from '../bitrix/caller.ts'
import type { RecordRef } from '../contract.ts'
import { lockConversation } from '../conversation/conversations.ts'
import type { Deps } from '../deps.ts'
import type { ConversationId, PortalId } from '../ids.ts'
import { readPortal } from '../portal/portals.ts'
import { lastChange, noteChange, readBindings, replaceBindings } from './bindings.ts'
import { createRecord, oursCommands, readOurs, type Sender } from './create-record.ts'
import { findCommands, rankFound, readFound } from './match-records.ts'
import { phoneVariants } from './phone-variants.ts'

export type BindVerdict =
  { ok: true } | { ok: false; reason: 'gone' | 'left' } | { ok: false; reason: 'busy'; againMs: number }

type Claim =
  | { kind: 'bound' }
  | { kind: 'gone' }
  | { kind: 'busy' }
  | { kind: 'mine'; sender: Sender; wanted: 'lead' | 'contact'; mayCreate: boolean }
type Records = { refs: RecordRef[]; reason: 'phone' | 'created'; candidates: RecordRef[] }

// Longer than a portal call may take: whoever claimed earlier has died.
const CLAIM_MS = 55_000
const BUSY_MS = 2000

/**
 * Binds a conversation that has no record yet to what the CRM knows by the sender's phone, else to a record made for the sender.
 * Sticky: what is bound stays. One sender is looked up by one process at a time, on whichever numbers they write. One whose records
 * were all deleted is matched again but never given a new one (`left`). Throws what the portal client throws.
 */
export async function bindConversation(
  deps: Deps,
  caller: Caller,
  conversationId: ConversationId,
): Promise<BindVerdict> {
  const { portalId } = caller
  const claim = await withPortal(deps.db, portalId, (tx) => claimSender(deps, tx, portalId, conversationId))
  if (claim.kind === 'bound') return { ok: true }
  if (claim.kind === 'gone') return { ok: false, reason: 'gone' }
  if (claim.kind === 'busy') return { ok: false, reason: 'busy', againMs: BUSY_MS }
  try {
    const records = await findRecords(deps, caller, claim)
    if (typeof records === 'number') return { ok: false, reason: 'busy', againMs: records }
    await withPortal(deps.db, portalId, (tx) => writeRecords(deps, tx, portalId, conversationId, records))
    return records ? { ok: true } : { ok: false, reason: 'left' }
  } catch (error) {
    await withPortal(deps.db, portalId, (tx) => setBoundAt(tx, portalId, conversationId, null))
    throw error
  }
}

async function findRecords(
  deps: Deps,
  caller: Caller,
  { sender, wanted, mayCreate }: Extract<Claim, { kind: 'mine' }>,
): Promise<Records | null | number> {
  const commands = {
    ...(sender.phone !== null && findCommands(phoneVariants(sender.phone))),
    ...(mayCreate && oursCommands(sender.id)),
  }
  if (Object.keys(commands).length === 0) return null
  const answers = await batchPortal(deps, caller, commands)
  const match = await rankFound(deps, caller, readFound(answers))
  if (match.chosen) {
    const refs = [match.chosen, ...(match.deal ? [match.deal] : [])]
    return { refs, reason: 'phone', candidates: match.candidates }
  }
  if (!mayCreate) return null
  const { ref, hasLeads } = readOurs(answers)
  if (ref) return { refs: [ref], reason: 'created', candidates: [] }
  const created = await createRecord(deps, caller, sender, hasLeads ? wanted : 'contact')
  return created.ok ? { refs: [created.ref], reason: 'created', candidates: [] } : created.againMs
}

type Own = { id: ConversationId; boundAt: Date | null; isBound: boolean }

async function claimSender(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
): Promise<Claim> {
  const rows = await tx.sql<Own[]>`
    select c.id, c.bound_at as "boundAt", exists (select 1 from app.binding b
      where b.portal_id = c.portal_id and b.conversation_id = c.id) as "isBound"
    from app.conversation c where c.portal_id = ${portalId} and c.person_id =
      (select person_id from app.conversation where portal_id = ${portalId} and id = ${conversationId})
    order by c.id for update of c`
  const own = rows.find((row) => row.id === conversationId)
  if (!own) return { kind: 'gone' }
  // Read again behind the lock: the row may have been bound while we waited for it.
  if ((await readBindings(tx, portalId, conversationId)).length > 0) return { kind: 'bound' }
  const now = deps.clock.now()
  const isClaimed = ({ boundAt, isBound }: Own) =>
    !isBound && boundAt !== null && now - boundAt.getTime() < CLAIM_MS
  if (rows.some(isClaimed)) return { kind: 'busy' }
  await setBoundAt(tx, portalId, conversationId, new Date(now))
  const [sender] = await tx.sql<Sender[]>`
    select p.id, p.name, p.phone, p.username from app.person p join app.conversation c
      on c.portal_id = p.portal_id and c.person_id = p.id and c.id = ${conversationId} where p.portal_id = ${portalId}`
  const portal = await readPortal(tx, portalId)
  if (!sender || !portal) return { kind: 'gone' }
  const wanted = portal.leadsEnabled ? portal.newSenderRecord : 'contact'
  const last = await lastChange(tx, portalId, conversationId)
  return { kind: 'mine', sender, wanted, mayCreate: last?.reason !== 'dissolved' }
}

async function writeRecords(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  records: Records | null,
): Promise<void> {
  if (!(await lockConversation(tx, portalId, conversationId))) return
  if (!records) return setBoundAt(tx, portalId, conversationId, null)
  if ((await readBindings(tx, portalId, conversationId)).length > 0) return
  const { refs, reason, candidates } = records
  await replaceBindings(tx, portalId, conversationId, refs)
  await noteChange(tx, portalId, conversationId, { reason, before: [], after: refs, candidates })
  deps.hints.publish(tx, portalId, conversationId)
}

async function setBoundAt(
  tx: Tx,
  portalId: PortalId,
  conversationId: ConversationId,
  at: Date | null,
): Promise<void> {
  await tx.sql`
    update app.conversation set bound_at = ${at} where portal_id = ${portalId} and id = ${conversationId}`
}
