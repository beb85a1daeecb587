import type { Theme } from '../contract.ts'

const dark = matchMedia('(prefers-color-scheme: dark)')
let chosen: Theme = 'auto'

const apply = () => {
  const isDark = chosen === 'dark' || (chosen === 'auto' && dark.matches)
  const { classList, style } = document.documentElement
  classList.toggle('dark', isDark)
  classList.toggle('light', !isDark)
  style.colorScheme = isDark ? 'dark' : 'light'
}

/** Shows the theme the user chose; `auto` follows the system, also when that changes later. */
export function useTheme(theme: Theme): void {
  chosen = theme
  apply()
}

dark.addEventListener('change', apply)
