import { ref, watch, type Ref } from 'vue'
import { readStored, writeStored } from '../storage.ts'

const drafts = new Map<string, Ref<string>>()

/** What is being written in a conversation: kept while the card is open, and over a reload where storage allows. */
export function useDraft(conversationId: string): Ref<string> {
  const known = drafts.get(conversationId)
  if (known) return known
  const key = `wasync:draft:${conversationId}`
  const draft = ref(readStored(key) ?? '')
  watch(draft, (text) => writeStored(key, text === '' ? null : text))
  drafts.set(conversationId, draft)
  return draft
}
