import type { Component } from 'vue'

export type MenuEntry = {
  label: string
  description?: string
  icon?: Component
  checked?: boolean
  children?: MenuEntry[]
  select?: () => void
}
export type MenuGroups = MenuEntry[][]
