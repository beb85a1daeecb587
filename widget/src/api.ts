import type * as Shape from './contract.ts'
import { takeAhead } from './ask-ahead.ts'
import { callJson, type Reachability } from './http.ts'
import { conversationPath, conversationsPath, messagesPath, queryString } from './paths.ts'
import { toRequestError } from './request-error.ts'
import type { WidgetSession } from './session.ts'

const RETRIES_MS = [400, 1_200]
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The typed client of `/api`: only reads are repeated by themselves, and only when the server did not refuse. */
export function createApi(session: WidgetSession, reachability: Reachability) {
  // Answers come from our own server and are described once in server/contract.ts.
  const once = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    session.withToken((token) => callJson({ method, path, token, body }, reachability)) as Promise<T>

  const read = async <T>(path: string): Promise<T> => {
    const ahead = takeAhead(path) as Promise<T> | undefined
    if (ahead)
      try {
        return await ahead
      } catch {
        // Asked again below, where every error has its answer.
      }
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
    conversations: (record: Shape.RecordRef | null) => read<Shape.Conversations>(conversationsPath(record)),
    conversation: (id: string) => read<Shape.Conversation>(conversationPath(id)),
    threadOfPage: () => read<{ conversationId: string }>('/api/thread'),
    start: (input: Shape.StartInput) => once<Shape.Conversation>('POST', '/api/conversations', input),
    startOptions: (record: Shape.RecordRef) =>
      read<Shape.StartOptions>(
        `/api/start-options${queryString({ entityType: record.type, entityId: record.id })}`,
      ),
    messages: (id: string, cursor?: string) => read<Shape.Messages>(messagesPath(id, cursor)),
    changes: (id: string, changedAfter: number) =>
      read<Shape.Changes>(`${conversationPath(id)}/messages${queryString({ changedAfter, limit: 100 })}`),
    send: (id: string, input: Shape.SendInput) =>
      once<Shape.Accepted>('POST', `${conversationPath(id)}/messages`, input),
    attempt: (id: string, messageId: string, acceptDuplicate: boolean) =>
      once<Shape.Accepted>(
        'POST',
        `${conversationPath(id)}/messages/${encodeURIComponent(messageId)}/attempts`,
        acceptDuplicate ? { acceptDuplicate } : {},
      ),
    markRead: (id: string, messageId: string) =>
      once<void>('POST', `${conversationPath(id)}/read`, { messageId }),
    binding: (id: string) => read<Shape.Binding>(`${conversationPath(id)}/binding`),
    move: (id: string, record: Shape.RecordRef) =>
      once<Shape.Binding>('POST', `${conversationPath(id)}/binding`, {
        entityType: record.type,
        entityId: record.id,
      }),
    undoMove: (id: string) => once<Shape.Binding>('POST', `${conversationPath(id)}/binding/undo`),
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
