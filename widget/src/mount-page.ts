import { createApp, type Component } from 'vue'
import { readBoot } from './boot.ts'
import { widgetKey } from './context.ts'
import { createWidget } from './create-widget.ts'
import { i18n, knownLanguage, showLanguage } from './i18n/i18n.ts'
import { useTheme } from './ui/theme.ts'

/** Opens the session and shows a page as soon as its language is there; the two load side by side. */
export async function mountPage(page: Component): Promise<void> {
  const boot = readBoot()
  useTheme('auto')
  // The kit's styles ask which of its shells they are in; the portal's frame is its web one.
  Object.assign(document.documentElement.dataset, { platform: 'web', version: 'air' })
  if (!boot) return
  const widget = createWidget(boot)
  void widget.open()
  await showLanguage(knownLanguage(document.documentElement.lang))
  createApp(page).provide(widgetKey, widget).use(i18n).mount('#app')
}
