import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Message } from '../contract.ts'
import type { Authors } from './use-authors.ts'
import type { MessageWords } from './use-message-words.ts'

const STATUS_EVERY_MS = 3_000

/** What a screen reader hears: new client messages, one's own status at most every 3 s, a failure at once. */
export function useAnnouncer(authors: Authors, words: MessageWords) {
  const { t } = useI18n()
  const incoming = ref('')
  const status = ref('')
  const alarm = ref('')
  let last = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))

  const sayStatus = (text: string) => {
    clearTimeout(timer)
    const wait = Math.max(0, last + STATUS_EVERY_MS - Date.now())
    timer = setTimeout(() => {
      last = Date.now()
      status.value = text
    }, wait)
  }

  return {
    incoming,
    status,
    alarm,
    arrived(messages: Message[]) {
      const texts = messages
        .filter((message) => message.direction === 'in' && message.kind !== 'system')
        .map((message) => `${authors.name(message)}: ${words.summary(message)}`)
      if (texts.length > 0) incoming.value = texts.join('. ')
    },
    changed(message: Message) {
      if (message.direction !== 'out') return
      if (message.status === 'failed') alarm.value = words.status(message)
      else sayStatus(words.status(message))
    },
    copied: (worked: boolean) => sayStatus(t(worked ? 'message.copied' : 'message.not_copied')),
  }
}
