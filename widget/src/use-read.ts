import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { toRequestError, type RequestError } from './request-error.ts'

export type Read<T> = {
  data: ShallowRef<T | null>
  error: ShallowRef<RequestError | null>
  busy: Ref<boolean>
  again: () => Promise<void>
}

/** Reads at once, again on demand, and every so often (ms) while the page is visible; what was read stays on an error. */
export function useRead<T>(read: () => Promise<T>, every?: (data: T | null) => number | null): Read<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<RequestError | null>(null)
  const busy = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let disposed = false
  let turn = 0

  const again = async () => {
    clearTimeout(timer)
    const mine = ++turn
    busy.value = true
    try {
      const answer = await read()
      if (mine !== turn) return
      data.value = answer
      error.value = null
    } catch (thrown) {
      if (mine === turn) error.value = toRequestError(thrown)
    } finally {
      if (mine === turn) settle()
    }
  }

  const settle = () => {
    busy.value = false
    const pause = every?.(data.value) ?? null
    if (pause !== null && !disposed) timer = setTimeout(next, pause)
  }
  const next = () => {
    if (document.visibilityState === 'visible') void again()
    else timer = setTimeout(next, 1_000)
  }

  onScopeDispose(() => {
    disposed = true
    clearTimeout(timer)
  })
  void again()
  return { data, error, busy, again }
}
