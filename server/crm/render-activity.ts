import type { AuthorKind, Language, MessageKind, MessageStatus } from '../contract.ts'
import { KIND_WORDS, WORDS } from './activity-words.ts'
import { ORIGINATOR } from './create-record.ts'

export type ShownMessage = {
  direction: 'in' | 'out'
  kind: MessageKind
  text: string | null
  status: MessageStatus
  authorKind: AuthorKind
  authorName: string | null
  sentAt: Date
}
export type ShownSpan = {
  /** Ours; the portal keeps it as `originId`. */
  id: string
  conversationId: string
  channelName: string
  personName: string
  /** Zero for every span but the last. */
  unanswered: number
  /** The latest ones, oldest first. */
  messages: readonly ShownMessage[]
}
/** A text per language, or one text where the portal lacks one of them. */
export type Said = string | Record<Language, string>
export type Activity = { fields: Record<string, unknown>; layout: Record<string, unknown> }

const LONGEST_TEXT = 500

/**
 * One entry of the CRM history as `crm.activity.configurable.add` and `.update` take it. Open while somebody waits for an answer.
 * `translated` is false for a portal that does not know one of our languages.
 */
export function renderActivity(span: ShownSpan, translated = true): Activity {
  const say = (words: Record<Language, string>): Said => (translated ? words : words.en)
  const open = { type: 'openRestApp', actionParams: { conversationId: span.conversationId } }
  const waits = span.unanswered > 0
  const blocks = span.messages.map((message, index) => [`m${index}`, messageBlock(span, message, say)])
  const nothing = ['none', { type: 'text', properties: { value: say(WORDS.empty) } }]
  return {
    fields: {
      completed: !waits,
      isIncomingChannel: true,
      originatorId: ORIGINATOR,
      originId: span.id,
    },
    layout: {
      icon: { code: 'comment' },
      header: {
        title: `WhatsApp · ${span.channelName}`,
        titleAction: open,
        ...(waits && {
          tags: { unanswered: { type: 'warning', title: say(unansweredWords(span.unanswered)) } },
        }),
      },
      body: {
        logo: { code: 'comment', action: open },
        blocks: Object.fromEntries(blocks.length > 0 ? blocks : [nothing]),
      },
      footer: { buttons: { open: { type: 'primary', title: say(WORDS.open), action: open } } },
    },
  }
}

function messageBlock(
  span: ShownSpan,
  message: ShownMessage,
  say: (words: Record<Language, string>) => Said,
) {
  const { direction, text, kind, status, sentAt } = message
  const at = `${sentAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const arrow = direction === 'in' ? '←' : '→'
  const title = inAll((language) => {
    const failed = status === 'failed' ? ` · ${WORDS.failed[language]}` : ''
    return `${arrow} ${authorOf(span, message, language)} · ${at}${failed}`
  })
  const value = text ? shorten(text) : say(KIND_WORDS[kind] ?? KIND_WORDS.unsupported)
  // A block under a title is a text, a link or a deadline, nothing longer (docs: configurable activity, content blocks).
  const block = { type: 'text', properties: { value, multiline: true } }
  return { type: 'withTitle', properties: { title: say(title), block } }
}

function authorOf(span: ShownSpan, { authorKind, authorName }: ShownMessage, language: Language): string {
  if (authorKind === 'customer') return span.personName || WORDS.customer[language]
  return authorName || WORDS.us[language]
}

const inAll = (word: (language: Language) => string): Record<Language, string> => ({
  en: word('en'),
  ru: word('ru'),
  ro: word('ro'),
})

function unansweredWords(count: number): Record<Language, string> {
  return inAll((language) => `${WORDS.unanswered[language]}: ${count}`)
}

function shorten(text: string): string {
  const letters = [...text]
  return letters.length <= LONGEST_TEXT ? text : `${letters.slice(0, LONGEST_TEXT - 1).join('')}…`
}
