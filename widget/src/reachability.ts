import { ref, type Ref } from 'vue'

/** Whether the server can be reached: the browser's word, corrected by what calls meet. */
export function watchReachability(): { online: Ref<boolean>; report: (reachable: boolean) => void } {
  const online = ref(navigator.onLine)
  addEventListener('online', () => (online.value = true))
  addEventListener('offline', () => (online.value = false))
  return { online, report: (reachable) => (online.value = reachable) }
}
