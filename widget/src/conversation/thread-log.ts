import type { Changes, Message, Messages, RemovedMessage } from '../contract.ts'

/** What of a conversation is loaded: oldest first, the revision it stands at, and the way to older pages. */
export type ThreadLog = { items: readonly Message[]; rev: number; olderCursor: string | null }

const isRemoved = (item: Message | RemovedMessage): item is RemovedMessage => 'removed' in item

/** A log of the newest page (the server lists newest first). */
export const openLog = (page: Messages): ThreadLog => ({
  items: page.items.toReversed(),
  rev: page.rev,
  olderCursor: page.nextCursor,
})

/** Adds an older page in front; what is already there stays where it is. */
export function prependPage(log: ThreadLog, page: Messages): ThreadLog {
  const known = new Set(log.items.map((item) => item.id))
  const older = page.items.filter((item) => !known.has(item.id)).toReversed()
  return { ...log, items: [...older, ...log.items], olderCursor: page.nextCursor }
}

/** Applies changes in revision order: known messages change in place, new ones go behind everything as old as they are. */
export function applyChanges(log: ThreadLog, changes: Changes): ThreadLog {
  const items = [...log.items]
  for (const change of changes.items) {
    const at = items.findIndex((item) => item.id === change.id)
    const known = items[at]
    if (isRemoved(change)) {
      if (known) items.splice(at, 1)
    } else if (known) {
      if (change.rev >= known.rev) items[at] = change
    } else if (!belongsToOlderPage(log, change)) {
      items.splice(placeOf(items, change), 0, change)
    }
  }
  return { ...log, items, rev: Math.max(log.rev, changes.rev) }
}

const belongsToOlderPage = (log: ThreadLog, message: Message) => {
  const oldest = log.items[0]
  return log.olderCursor !== null && oldest !== undefined && message.sentAt < oldest.sentAt
}

const placeOf = (items: readonly Message[], message: Message) =>
  items.findLastIndex((item) => item.sentAt <= message.sentAt) + 1
