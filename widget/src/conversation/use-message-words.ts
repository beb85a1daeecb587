import { useI18n } from 'vue-i18n'
import type { Message } from '../contract.ts'
import { useFormat } from '../i18n/format.ts'
import { failReason } from './fail-reason.ts'
import { pickBubble } from './pick-bubble.ts'
import type { Authors } from './use-authors.ts'

/** The words of a message besides its own text: status, accessible name, one-line summary. */
export function useMessageWords(authors: Authors) {
  const { t } = useI18n()
  const { time } = useFormat()

  const status = (message: Message): string =>
    message.status === 'failed'
      ? t('send.failed', { reason: t(failReason(message.error?.code ?? null)) })
      : t(`send.${message.status}`)

  const placeholder = (message: Message): string =>
    message.kind === 'unsupported'
      ? t('unsupported', { name: authors.name(message) })
      : t('kind.kept', { name: authors.name(message), kind: t(`kind.${message.kind}`) })

  const line = (message: Message): string =>
    message.kind === 'reaction'
      ? message.text
        ? t('reaction', { name: authors.name(message), emoji: message.text })
        : t('reaction.removed', { name: authors.name(message) })
      : (message.text ?? t('kind.system'))

  const summary = (message: Message): string => {
    const kind = pickBubble(message)
    if (kind === 'deleted') return t('deleted', { name: authors.name(message) })
    if (kind === 'line') return line(message)
    return message.text ?? t(`kind.${message.kind}`)
  }

  // ui §9: "{author}, {time}, {status}"; the text itself is the article's content.
  const label = (message: Message): string => {
    if (message.kind === 'system') return `${t('kind.system')}, ${time(message.sentAt)}, ${line(message)}`
    return `${authors.name(message)}, ${time(message.sentAt)}, ${status(message)}`
  }

  return { status, placeholder, line, summary, label, time }
}

export type MessageWords = ReturnType<typeof useMessageWords>
