import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Api } from '../api.ts'
import type { Thread } from './use-thread.ts'

/** Marks the newest client message read once it is on a visible screen and the reader is at the end. */
export function useReadMarks(api: Api, thread: Thread, atEnd: Ref<boolean>): void {
  const visible = ref(document.visibilityState === 'visible')
  const look = () => (visible.value = document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', look)
  onScopeDispose(() => document.removeEventListener('visibilitychange', look))

  const newest = computed(
    () => thread.log.value?.items.findLast((item) => item.direction === 'in')?.id ?? null,
  )
  let marked: string | null = null
  watch(
    () => (visible.value && atEnd.value ? newest.value : null),
    (id) => {
      if (id === null || id === marked) return
      marked = id
      // Not marked is asked again with the next message or the next look.
      api.markRead(thread.conversation.value.id, id).catch(() => (marked = null))
    },
    { immediate: true },
  )
}
