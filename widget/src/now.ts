import { ref, type Ref } from 'vue'

const now = ref(Date.now())
let running = false

/** The current time (ms), moving every ten seconds, shared by everything that counts down. */
export function useNow(): Readonly<Ref<number>> {
  if (!running) {
    running = true
    setInterval(() => (now.value = Date.now()), 10_000)
  }
  return now
}
