import type { Message } from '../contract.ts'

export type Reaction = { authorKey: string; emoji: string; message: Message }

/** The last reaction of each author per loaded message; reactions to messages that are not loaded stay rows of their own. */
export function collectReactions(items: readonly Message[]) {
  const loaded = new Set(items.map((item) => item.id))
  const byTarget = new Map<string, Map<string, Reaction>>()
  const shown = new Set<string>()
  for (const message of items) {
    const target = message.replyToId
    if (message.kind !== 'reaction' || target === null || !loaded.has(target)) continue
    shown.add(message.id)
    const authors = byTarget.get(target) ?? new Map<string, Reaction>()
    const authorKey = `${message.author.kind}:${message.author.id ?? ''}`
    // WhatsApp takes a reaction back with an empty emoji.
    if (message.text) authors.set(authorKey, { authorKey, emoji: message.text, message })
    else authors.delete(authorKey)
    byTarget.set(target, authors)
  }
  return {
    of: (id: string): Reaction[] => [...(byTarget.get(id)?.values() ?? [])],
    isShown: (id: string): boolean => shown.has(id),
  }
}
