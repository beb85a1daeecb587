import { inject, type InjectionKey, type Ref } from 'vue'
import type { Api } from './api.ts'
import type { Me, PageName } from './contract.ts'
import type { Realtime } from './live/use-realtime.ts'
import type { RequestError } from './request-error.ts'
import type { WidgetSession } from './session.ts'

/** Everything the components share; made once per page. */
export type Widget = {
  page: PageName
  api: Api
  session: WidgetSession
  online: Ref<boolean>
  /** Set once the session is open. */
  opening: Ref<'opening' | 'open' | 'failed'>
  openError: Ref<RequestError | null>
  open: () => Promise<void>
  me: Ref<Me | null>
  savePreferences: (change: Partial<Pick<Me, 'language' | 'theme'>>) => void
  realtime: () => Realtime
}

export const widgetKey: InjectionKey<Widget> = Symbol('widget')

/** The page's shared parts; throws outside a mounted page. */
export function useWidget(): Widget {
  const widget = inject(widgetKey)
  if (!widget) throw new Error('useWidget() outside a mounted page')
  return widget
}
