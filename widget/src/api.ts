import type * as Shape from './contract.ts'
import { callJson, type Reachability } from './http.ts'
import { toRequestError } from './request-error.ts'
import type { WidgetSession } from './session.ts'

const RETRIES_MS = [400, 1_200]
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const conversation = (id: string) => `/api/conversations/${encodeURIComponent(id)}`

/** `?a=1&b=2` of what is set; empty when nothing is. */
export function queryString(values: Record<string, string | number | undefined | null>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, String(value)]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

/** The typed client of `/api`: only reads are repeated by themselves, and only when the server did not refuse. */
export function createApi(session: WidgetSession, reachability: Reachability) {
  // Answers come from our own server and are described once in server/contract.ts.
  const once = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    session.withToken((token) => callJson({ method, path, token, body }, reachability)) as Promise<T>

  const read = async <T>(path: string): Promise<T> => {
    for (const pause of RETRIES_MS) {
      try {
        return await once<T>('GET', path)
      } catch (thrown) {
        const error = toRequestError(thrown)
        if (!error.passing || error.code === 'offline' || error.code === 'rights_unavailable') throw error
        await wait(Math.min(error.retryAfterMs ?? pause, 5_000))
      }
    }
    return once<T>('GET', path)
  }

  return {
    me: () => read<Shape.Me>('/api/me'),
    savePreferences: (input: Shape.Preferences) => once<void>('PUT', '/api/me', input),
    conversations: (record: Shape.RecordRef | null) =>
      read<Shape.Conversations>(
        `/api/conversations${queryString({ entityType: record?.type, entityId: record?.id })}`,
      ),
    conversation: (id: string) => read<Shape.Conversation>(conversation(id)),
    threadOfPage: () => read<{ conversationId: string }>('/api/thread'),
    start: (input: Shape.StartInput) => once<Shape.Conversation>('POST', '/api/conversations', input),
    startOptions: (record: Shape.RecordRef) =>
      read<Shape.StartOptions>(
        `/api/start-options${queryString({ entityType: record.type, entityId: record.id })}`,
      ),
    messages: (id: string, cursor?: string) =>
      read<Shape.Messages>(`${conversation(id)}/messages${queryString({ cursor })}`),
    changes: (id: string, changedAfter: number) =>
      read<Shape.Changes>(`${conversation(id)}/messages${queryString({ changedAfter, limit: 100 })}`),
    send: (id: string, input: Shape.SendInput) =>
      once<Shape.Accepted>('POST', `${conversation(id)}/messages`, input),
    attempt: (id: string, messageId: string, acceptDuplicate: boolean) =>
      once<Shape.Accepted>(
        'POST',
        `${conversation(id)}/messages/${encodeURIComponent(messageId)}/attempts`,
        acceptDuplicate ? { acceptDuplicate } : {},
      ),
    markRead: (id: string, messageId: string) =>
      once<void>('POST', `${conversation(id)}/read`, { messageId }),
    binding: (id: string) => read<Shape.Binding>(`${conversation(id)}/binding`),
    move: (id: string, record: Shape.RecordRef) =>
      once<Shape.Binding>('POST', `${conversation(id)}/binding`, {
        entityType: record.type,
        entityId: record.id,
      }),
    undoMove: (id: string) => once<Shape.Binding>('POST', `${conversation(id)}/binding/undo`),
    records: (query: string, entityType: Shape.EntityType) =>
      read<Shape.Records>(`/api/records${queryString({ query, entityType })}`),
    channels: () => read<Shape.Channels>('/api/channels'),
    connect: (input: Shape.ChannelInput) => once<Shape.ConnectedChannel>('POST', '/api/channels', input),
    disconnect: (id: string) => once<void>('DELETE', `/api/channels/${encodeURIComponent(id)}`),
    setup: () => read<Shape.Setup>('/api/setup'),
    acceptTerms: (input: Shape.TermsInput) => once<void>('POST', '/api/terms', input),
    settings: () => read<Shape.Settings>('/api/settings'),
    saveSettings: (input: Shape.SettingsInput) => once<Shape.Settings>('PUT', '/api/settings', input),
    install: () => read<Shape.InstallProgress>('/api/install'),
    diagnosis: () => read<Shape.Diagnosis>('/api/diagnosis'),
    roundTrip: () => once<void>('POST', '/api/diagnosis/round-trip'),
  }
}

export type Api = ReturnType<typeof createApi>
