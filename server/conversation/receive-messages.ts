import type { Tx } from '#db/tenancy.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { newId, type ConversationId, type MessageId, type PortalId } from '../ids.ts'
import { edit, isEditable, saveEdits, type Edit } from './edit-messages.ts'
import { insertInbound, readKnown, wamidKey, type InboundRow, type KnownMessage } from './inbound-rows.ts'
import type { PlacedInbound } from './inbound.ts'
import { keepPayloads } from './keep-payloads.ts'
import { noteMessage } from './note-message.ts'
import { takeRev, type OpenConversation } from './open-conversations.ts'
import { settleUnresolved } from './settle-unresolved.ts'

// `position` is a smallint; bodies with more messages than this are not known.
const LAST_POSITION = 32_767

type Open = ReadonlyMap<ConversationId, OpenConversation>
type Fresh = { row: InboundRow; from: PlacedInbound }

/** Writes inbound messages of one portal into their open conversations, each once; edits and revokes change their original. Answers those that are new. */
export async function receiveMessages(
  tx: Tx,
  keyring: Keyring,
  portalId: PortalId,
  inbound: readonly PlacedInbound[],
  conversations: Open,
): Promise<PlacedInbound[]> {
  const known = await readKnown(tx, portalId, inbound.flatMap(wantedIds))
  const desk = new Desk(known)
  for (const one of inbound) desk.take(one)
  const inserted = await insertInbound(
    tx,
    portalId,
    desk.fresh.map(({ row }) => row),
  )
  const fresh = desk.fresh.filter(({ row }) => inserted.has(row.id))
  for (const { row } of fresh) noteMessage(conversations.get(row.conversationId), row)
  await keepPayloads(tx, keyring, portalId, fresh)
  const arrived = new Map(fresh.map(({ row }) => [wamidKey(row.channelId, row.providerId), row]))
  for (const early of await settleUnresolved(tx, portalId, arrived, conversations)) desk.editArrived(early)
  await saveEdits(
    tx,
    portalId,
    desk.edited.flatMap((message) => {
      const conversation = conversations.get(message.conversationId)
      return conversation ? [{ message, conversation }] : []
    }),
  )
  return fresh.map(({ from }) => from)
}

const wantedIds = ({ channelId, event }: PlacedInbound) =>
  [event.wamid, event.replyTo].flatMap((wamid) => (wamid ? [{ channelId, wamid }] : []))

/** Sorts a batch into new rows and changes of known ones. */
class Desk {
  readonly #known: Map<string, KnownMessage>
  readonly #rows = new Map<string, Fresh>()
  readonly #edited = new Set<KnownMessage>()

  constructor(known: Map<string, KnownMessage>) {
    this.#known = known
  }

  get fresh(): Fresh[] {
    return [...this.#rows.values()]
  }

  get edited(): KnownMessage[] {
    return [...this.#edited]
  }

  take(one: PlacedInbound): void {
    const { event, channelId, conversation } = one
    const key = wamidKey(channelId, event.wamid)
    if (event.edits && event.replyTo) {
      const change: Edit = { what: event.edits, text: event.text, at: one.sentAt }
      if (this.#change(wamidKey(channelId, event.replyTo), change, conversation.id)) return
    }
    if (this.#known.has(key) || this.#rows.has(key)) return
    this.#rows.set(key, { row: this.#toRow(one), from: one })
  }

  /** An edit that was here before its original, which has just been written. */
  editArrived({ originalKey, ...change }: { originalKey: string } & Edit): void {
    const row = this.#rows.get(originalKey)?.row
    if (!row || !isEditable(row, change, row.conversationId)) return
    const message: KnownMessage = this.#known.get(originalKey) ?? {
      ...row,
      ...{ direction: 'in', status: 'received', errorCode: null },
    }
    this.#known.set(originalKey, message)
    if (edit(message, change)) this.#edited.add(message)
  }

  // True when the original is here: the edit is then no message of its own.
  #change(originalKey: string, change: Edit, conversationId: string): boolean {
    const original = this.#rows.get(originalKey)?.row ?? this.#known.get(originalKey)
    if (!isEditable(original, change, conversationId)) return false
    if (edit(original, change) && 'direction' in original) this.#edited.add(original)
    return true
  }

  #toRow({ event, channelId, conversation, deliveryId, sentAt }: PlacedInbound): InboundRow {
    return {
      id: newId<MessageId>(),
      conversationId: conversation.id,
      channelId,
      rev: takeRev(conversation),
      kind: event.kind,
      text: event.text,
      authorName: event.sender.name ?? null,
      sentAt,
      orderId: deliveryId,
      position: Math.min(event.position, LAST_POSITION),
      providerId: event.wamid,
      replyToId: this.#repliedTo(channelId, event.replyTo, conversation.id),
      replyToProviderId: event.replyTo ?? null,
      editedAt: null,
      removed: false,
    }
  }

  #repliedTo(channelId: string, wamid: string | undefined, conversationId: string): MessageId | null {
    const key = wamidKey(channelId, wamid ?? '')
    const original = this.#rows.get(key)?.row ?? this.#known.get(key)
    return original?.conversationId === conversationId ? original.id : null
  }
}
