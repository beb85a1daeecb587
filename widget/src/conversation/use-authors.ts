import { useI18n } from 'vue-i18n'
import type { Conversation, Message } from '../contract.ts'

/** Names as the user reads them: "You" for oneself, the person for the client, a role for everything without a name. */
export function useAuthors(person: () => Conversation['person'], myId: string) {
  const { t } = useI18n()
  const isMine = (message: Message) => message.author.kind === 'user' && message.author.id === myId
  const name = (message: Message): string => {
    const { kind, name: known } = message.author
    if (isMine(message)) return t('author.you')
    if (kind === 'customer') return person().name || known || t('author.customer')
    if (kind === 'robot') return known ? t('author.robot_named', { name: known }) : t('author.robot')
    return known ?? t(`author.${kind}`)
  }
  return { isMine, name }
}

export type Authors = ReturnType<typeof useAuthors>
