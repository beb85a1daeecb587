import type { Message } from '../contract.ts'

export type BubbleKind = 'text' | 'caption' | 'placeholder' | 'deleted' | 'line'

const WRITTEN = new Set<Message['kind']>(['text', 'template', 'button', 'interactive'])

/** How a message is drawn: words, words under something not shown here, a placeholder in words, or one grey line. */
export function pickBubble(message: Message): BubbleKind {
  if (message.kind === 'system' || message.kind === 'reaction') return 'line'
  const written = message.text !== null && message.text !== ''
  if (WRITTEN.has(message.kind)) return written ? 'text' : message.kind === 'text' ? 'deleted' : 'placeholder'
  return written ? 'caption' : 'placeholder'
}
