import type { Language, MessageKind } from '../contract.ts'

type Word = Readonly<Record<Language, string>>

/** What an entry of the CRM history says beside the messages themselves. */
export const WORDS = {
  open: { en: 'Open the conversation', ru: 'Открыть переписку', ro: 'Deschide conversația' },
  unanswered: { en: 'Unanswered', ru: 'Без ответа', ro: 'Fără răspuns' },
  failed: { en: 'not sent', ru: 'не отправлено', ro: 'netrimis' },
  customer: { en: 'Customer', ru: 'Клиент', ro: 'Client' },
  us: { en: 'Us', ru: 'Мы', ro: 'Noi' },
  empty: {
    en: 'There is no message here any more.',
    ru: 'Сообщений здесь больше нет.',
    ro: 'Nu mai există mesaje aici.',
  },
} as const satisfies Record<string, Word>

/** What stands in place of a message without text. */
export const KIND_WORDS: Readonly<Partial<Record<MessageKind, Word>>> & { readonly unsupported: Word } = {
  reaction: { en: '[reaction]', ru: '[реакция]', ro: '[reacție]' },
  system: { en: '[system notice]', ru: '[системное уведомление]', ro: '[notificare de sistem]' },
  unsupported: {
    en: '[message of another kind]',
    ru: '[сообщение другого вида]',
    ro: '[mesaj de alt tip]',
  },
}
