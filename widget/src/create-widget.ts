import { ref, shallowRef } from 'vue'
import { createApi } from './api.ts'
import type { Boot, Me } from './contract.ts'
import type { Widget } from './context.ts'
import { showLanguage } from './i18n/i18n.ts'
import { startRealtime, type Realtime } from './live/use-realtime.ts'
import { portalHost } from './portal-frame.ts'
import { watchReachability } from './reachability.ts'
import { RequestError, toRequestError } from './request-error.ts'
import { openSession } from './session.ts'
import { useTheme } from './ui/theme.ts'

/** The parts of a page behind its components: session, client, preferences and the live stream. */
export function createWidget(boot: Boot): Widget {
  const reachability = watchReachability()
  const session = openSession(boot.code)
  const api = createApi(session, reachability)
  const opening = ref<'opening' | 'open' | 'failed'>('opening')
  const openError = shallowRef<RequestError | null>(null)
  const me = shallowRef<Me | null>(null)
  let realtime: Realtime | null = null

  const show = (next: Me) => {
    me.value = next
    useTheme(next.theme)
    void showLanguage(next.language ?? next.portalLanguage)
  }

  const open = async () => {
    opening.value = 'opening'
    try {
      await session.start()
      opening.value = 'open'
    } catch (thrown) {
      openError.value = toRequestError(thrown)
      opening.value = 'failed'
      return
    }
    // Language and theme already follow the portal; without an answer they stay so.
    await api.me().then(show, () => undefined)
  }

  return {
    page: boot.page,
    api,
    session,
    online: reachability.online,
    opening,
    openError,
    open,
    me,
    savePreferences(change) {
      if (!me.value) return
      const next = { ...me.value, ...change }
      show(next)
      void api.savePreferences({ language: next.language, theme: next.theme }).catch(() => undefined)
    },
    realtime: () => {
      realtime ??= startRealtime({
        session,
        reachability,
        group: `${portalHost()}:${session.opened.value?.user.id ?? ''}`,
      })
      return realtime
    },
  }
}
