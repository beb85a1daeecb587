import { readonly, ref, shallowRef, watch } from 'vue'
import { useWidget, type Widget } from '../context.ts'
import { useDraft } from './use-draft.ts'
import { createOutbox, type Pending } from './outbox.ts'

const shared = new WeakMap<Widget, ReturnType<typeof open>>()

/** The page's outbox: it survives switching between conversations. */
export function useOutbox() {
  const widget = useWidget()
  const outbox = shared.get(widget) ?? open(widget)
  shared.set(widget, outbox)
  return outbox
}

function open(widget: Widget) {
  const entries = shallowRef<readonly Pending[]>([])
  const sentAfterOffline = ref(0)
  const listeners = new Set<(entry: Pending) => void>()
  const outbox = createOutbox({
    send: widget.api.send,
    changed: (now) => (entries.value = now),
    accepted: (entry) => listeners.forEach((listener) => listener(entry)),
    recovered: (count) => {
      sentAfterOffline.value = count
      setTimeout(() => (sentAfterOffline.value = 0), 8_000)
    },
    newId: () => crypto.randomUUID(),
    now: () => new Date(),
    later: (ms, work) => void setTimeout(work, ms),
  })
  watch(widget.online, (online) => online && outbox.flush())
  // After the turn in which the calls learn that the session is over.
  watch(widget.session.ended, () => setTimeout(() => outbox.takeBack().forEach(keepAsDraft)))
  return {
    ...outbox,
    pending: entries,
    sentAfterOffline: readonly(sentAfterOffline),
    onAccepted: (listener: (entry: Pending) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const keepAsDraft = (entry: Pending) => {
  const draft = useDraft(entry.conversationId)
  draft.value = [draft.value, entry.text].filter((text) => text !== '').join('\n')
}
