import type { Tx } from '#db/tenancy.ts'
import { withPortal } from '#db/tenancy.ts'
import type { MessageStatus, RecordRef } from '../contract.ts'
import { recallReadable, refKey } from '../crm/read-rights.ts'
import type { Actor, Deps } from '../deps.ts'
import { newId, type ConversationId, type MessageId, type PortalId } from '../ids.ts'
import { announceChange } from './announce-change.ts'
import { bindingsOf, lockConversation, type LockedConversation } from './conversations.ts'
import { maySend, type Refusal } from './may-send.ts'
import { findByClient, insertOutbound, isInConversation } from './messages.ts'
import { seesBound } from './sees-conversation.ts'
import { windowOf } from './service-window.ts'

export type SendIntent = {
  conversationId: ConversationId
  clientId: string
  text: string
  replyToId?: MessageId | undefined
}
export type SendVerdict =
  | { ok: true; id: MessageId; status: MessageStatus; fresh: boolean }
  | { ok: false; reason: Refusal | 'client_id_reused' | 'reply_unknown' }

const TAKEN = '23505'

/** Whether the sender may see what is bound to these records; undefined where the portal has to be asked first. */
type Sees = (refs: readonly RecordRef[]) => boolean | undefined
type Hashed = SendIntent & { hash: Uint8Array }

/** Takes in one message to send: intent and job in one transaction; the same client id and body again is the same message. */
export async function sendMessage(
  deps: Deps,
  who: { portalId: PortalId; actor: Extract<Actor, { kind: 'user' }> },
  intent: SendIntent,
): Promise<SendVerdict> {
  const user = { portalId: who.portalId, userId: who.actor.id }
  const hashed: Hashed = { ...intent, hash: await hashOf(intent) }
  const acceptOnce = (sees: Sees) =>
    withPortal(deps.db, who.portalId, (tx) => acceptIntent(deps, tx, who, hashed, sees))
  const accept = (sees: Sees) =>
    acceptOnce(sees).catch((error: unknown) => {
      // The same client id was taken in for another conversation at the same moment.
      if (error instanceof Error && 'code' in error && error.code === TAKEN) return acceptOnce(sees)
      throw error
    })
  let sees: Sees = (refs) => recallReadable(deps, user, refs)
  for (;;) {
    const verdict = await accept(sees)
    if (!('ask' in verdict)) return verdict
    // The portal is asked outside of the transaction: it may take seconds, and somebody else may move the conversation.
    const asked = keysOf(verdict.ask)
    const may = await seesBound(deps, user, verdict.ask)
    sees = (refs) => (keysOf(refs) === asked ? may : recallReadable(deps, user, refs))
  }
}

/** Lets what waits in these conversations leave, in `afterMs` if given; the one place that queues sends. */
export async function wakeSends(
  deps: Deps,
  tx: Tx,
  portalId: PortalId,
  conversationIds: readonly ConversationId[],
  afterMs = 0,
): Promise<void> {
  if (conversationIds.length === 0) return
  const jobs = conversationIds.map((conversationId) => ({
    queue: 'whatsapp.send' as const,
    data: { portalId, conversationId },
    key: conversationId,
    ...(afterMs > 0 ? { afterMs } : {}),
  }))
  await deps.jobs.enqueue(tx, jobs)
}

async function acceptIntent(
  deps: Deps,
  tx: Tx,
  { portalId, actor }: { portalId: PortalId; actor: Extract<Actor, { kind: 'user' }> },
  intent: Hashed,
  sees: Sees,
): Promise<SendVerdict | { ask: readonly RecordRef[] }> {
  const { conversationId, clientId } = intent
  // One after the other on the same connection: the look-up sees what was committed before the lock was ours.
  const [conversation, refs, known] = await Promise.all([
    lockConversation(tx, portalId, conversationId),
    bindingsOf(tx, portalId, conversationId),
    findByClient(tx, portalId, clientId, intent.hash),
  ])
  if (!conversation || !refs) return { ok: false, reason: 'not_found' }
  const mayRead = sees(refs)
  if (mayRead === undefined) return { ask: refs }
  if (!mayRead) return { ok: false, reason: 'not_found' }
  if (known) {
    const { id, status } = known
    return known.sameBody ? { ok: true, id, status, fresh: false } : { ok: false, reason: 'client_id_reused' }
  }
  const now = deps.clock.now()
  const windowOpen = windowOf(conversation.lastInboundAt, now).open
  const gate = maySend({ channel: conversation.channelStatus, mayRead, windowOpen })
  if (!gate.ok) return gate
  if (intent.replyToId && !(await isInConversation(tx, portalId, conversationId, intent.replyToId)))
    return { ok: false, reason: 'reply_unknown' }
  const id = newId<MessageId>(now)
  await Promise.all([
    insertOutbound(tx, portalId, {
      ...{ id, conversationId, channelId: conversation.channelId, clientId, hash: intent.hash },
      text: intent.text,
      author: actor,
      sentAt: acceptedAt(conversation, now),
      replyToId: intent.replyToId ?? null,
    }),
    wakeSends(deps, tx, portalId, [conversationId]),
    announceChange(deps, tx, portalId, conversationId),
  ])
  return { ok: true, id, status: 'queued', fresh: true }
}

// Two acceptances in one millisecond keep their order, and an answer stands after what it answers
// even where WhatsApp's clock is a little ahead of ours.
function acceptedAt({ lastMessageAt }: LockedConversation, now: number): Date {
  const last = lastMessageAt?.getTime() ?? 0
  return new Date(last >= now && last - now < 5_000 ? last + 1 : now)
}

const keysOf = (refs: readonly RecordRef[]) => refs.map(refKey).sort().join()

async function hashOf({ conversationId, text, replyToId }: SendIntent): Promise<Uint8Array> {
  const body = new TextEncoder().encode(JSON.stringify([conversationId, text, replyToId ?? null]))
  return new Uint8Array(await crypto.subtle.digest('SHA-256', body))
}
