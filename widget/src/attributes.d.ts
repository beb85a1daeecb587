// Attributes and native events that fall through to a component's root element, which strict templates cannot know.
import type { InputHTMLAttributes } from 'vue'

declare module 'vue' {
  interface ComponentCustomProps {
    'aria-hidden'?: 'true'
    'aria-haspopup'?: 'dialog' | 'menu'
    'aria-label'?: string
    dir?: 'auto' | 'ltr' | 'rtl'
    inputmode?: InputHTMLAttributes['inputmode']
    tabindex?: number
    title?: string
    onFocusin?: () => void
    onPointerenter?: () => void
  }
  interface HTMLAttributes {
    'data-index'?: number
    'data-key'?: string
  }
}
