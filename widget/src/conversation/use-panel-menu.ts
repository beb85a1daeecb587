import Question from '@bitrix24/b24icons-vue/outline/QuestionIcon'
import GoTo from '@bitrix24/b24icons-vue/outline/GoToMIcon'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Language, Theme } from '../contract.ts'
import { useWidget } from '../context.ts'
import type { MenuEntry, MenuGroups } from '../ui/menu-items.ts'

// A language is named in itself, so that it is found from any other.
const LANGUAGES: [Language, string][] = [
  ['en', 'English'],
  ['ru', 'Русский'],
  ['ro', 'Română'],
]
const THEMES: Theme[] = ['auto', 'light', 'dark']

/** Language and theme of the user, as menu entries. */
export function usePreferenceMenu() {
  const { t } = useI18n()
  const widget = useWidget()
  return computed<MenuEntry[]>(() => [
    {
      label: t('menu.language'),
      children: [
        {
          label: t('menu.language.portal'),
          checked: widget.me.value?.language === null,
          select: () => widget.savePreferences({ language: null }),
        },
        ...LANGUAGES.map(([language, label]) => ({
          label,
          checked: widget.me.value?.language === language,
          select: () => widget.savePreferences({ language }),
        })),
      ],
    },
    {
      label: t('menu.theme'),
      children: THEMES.map((theme) => ({
        label: t(`menu.theme.${theme}`),
        checked: widget.me.value?.theme === theme,
        select: () => widget.savePreferences({ theme }),
      })),
    },
  ])
}

/** The overflow menu of a conversation. */
export function usePanelMenu(actions: { move: () => void; keys: () => void }) {
  const { t } = useI18n()
  const preferences = usePreferenceMenu()
  return computed<MenuGroups>(() => [
    [
      { label: t('menu.move'), icon: GoTo, select: actions.move },
      { label: t('menu.keys'), icon: Question, select: actions.keys },
    ],
    preferences.value,
  ])
}
