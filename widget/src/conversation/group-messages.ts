import type { Message } from '../contract.ts'

const GROUP_MS = 5 * 60_000

export type ThreadItem = { key: string; message: Message }
export type ThreadRow =
  | { type: 'day'; key: string; day: string; at: string }
  | { type: 'message'; key: string; message: Message; grouped: boolean }

/** The local calendar day of a time, as `YYYY-MM-DD`. */
export function localDay(time: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone }).format(new Date(time))
}

/**
 * Rows of a thread, oldest first: a separator before each day, messages of one author within 5 minutes grouped. While
 * older pages exist, nobody knows where the first day begins: it gets no separator, and the first row stays an anchor.
 */
export function groupMessages(
  items: readonly ThreadItem[],
  hasOlder: boolean,
  timeZone?: string,
): ThreadRow[] {
  const rows: ThreadRow[] = []
  let day = ''
  let previous: Message | null = null
  for (const { key, message } of items) {
    const today = localDay(message.sentAt, timeZone)
    if (today !== day) {
      if (previous !== null || !hasOlder)
        rows.push({ type: 'day', key: `day:${today}:${key}`, day: today, at: message.sentAt })
      previous = null
    }
    day = today
    rows.push({ type: 'message', key, message, grouped: previous !== null && sameGroup(previous, message) })
    previous = message
  }
  return rows
}

const sameGroup = (a: Message, b: Message) =>
  a.kind !== 'system' &&
  b.kind !== 'system' &&
  a.direction === b.direction &&
  a.author.kind === b.author.kind &&
  a.author.id === b.author.id &&
  Math.abs(Date.parse(b.sentAt) - Date.parse(a.sentAt)) < GROUP_MS
