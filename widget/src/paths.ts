import type { RecordRef } from './contract.ts'

/** `?a=1&b=2` of what is set; empty when nothing is. */
export function queryString(values: Record<string, string | number | undefined | null>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, String(value)]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

export const SESSION_PATH = '/api/session'

/** Where one conversation lies. */
export const conversationPath = (id: string) => `/api/conversations/${encodeURIComponent(id)}`

/** The conversations of a record, or of everybody. */
export const conversationsPath = (record: RecordRef | null) =>
  `/api/conversations${queryString({ entityType: record?.type, entityId: record?.id })}`

/** A page of a thread, the newest without a cursor. */
export const messagesPath = (id: string, cursor?: string) =>
  `${conversationPath(id)}/messages${queryString({ cursor })}`
