import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { Conversation, Message } from '../contract.ts'
import { useWidget } from '../context.ts'
import { toRequestError, type RequestError } from '../request-error.ts'
import { useOutbox } from '../composer/use-outbox.ts'
import { mergePending, type RowKeys } from './merge-pending.ts'
import { applyChanges, openLog, prependPage, type ThreadLog } from './thread-log.ts'

type Listeners = {
  arrived: (messages: Message[]) => void
  changed: (before: Message, after: Message) => void
}

/** The live thread of one conversation: pages, changes, what is on its way, and what failed. */
export function useThread(opened: Conversation, listeners: Listeners) {
  const { api, realtime, session } = useWidget()
  const outbox = useOutbox()
  const conversation = shallowRef(opened)
  const log = shallowRef<ThreadLog | null>(null)
  const error = shallowRef<RequestError | null>(null)
  const loading = ref(false)
  const loadingOlder = ref(false)
  const updatedAt = ref(Date.now())
  const keys: RowKeys = new Map()
  const id = opened.id
  const myId = session.opened.value?.user.id ?? ''

  const pending = computed(() => outbox.pending.value.filter((entry) => entry.conversationId === id))
  const closed = computed(() => log.value === null && closesThread(error.value))
  const items = computed(() => mergePending(log.value?.items ?? [], pending.value, keys, myId))

  const fail = (thrown: unknown) => {
    const failure = toRequestError(thrown)
    if (closesThread(failure)) log.value = null
    if (!log.value) error.value = failure
  }

  const load = async () => {
    loading.value = true
    try {
      log.value = openLog(await api.messages(id))
      error.value = null
      updatedAt.value = Date.now()
      settle()
    } catch (thrown) {
      fail(thrown)
    } finally {
      loading.value = false
    }
  }

  const settle = () => outbox.settle(new Set(log.value?.items.map((item) => item.id)))

  const readChanges = async () => {
    for (let current = log.value; current; current = log.value) {
      const changes = await api.changes(id, current.rev)
      const before = new Map(current.items.map((item) => [item.id, item]))
      // An older page may have come in meanwhile: apply to what stands now.
      const next = applyChanges(log.value ?? current, changes)
      log.value = next
      updatedAt.value = Date.now()
      settle()
      report(before, next.items)
      if (changes.nextCursor === null || changes.items.length === 0) return
    }
  }

  const report = (before: Map<string, Message>, after: readonly Message[]) => {
    const arrived = after.filter((item) => !before.has(item.id))
    for (const item of after) {
      const old = before.get(item.id)
      if (old && old.status !== item.status) listeners.changed(old, item)
    }
    if (arrived.length === 0) return
    listeners.arrived(arrived)
    if (arrived.some((item) => item.direction === 'in')) void readConversation()
  }

  const readConversation = () =>
    api.conversation(id).then(
      (now) => (conversation.value = now),
      () => undefined,
    )

  const refresh = singleFlight(async () => {
    if (session.ended.value) return
    if (!log.value) return load()
    await readChanges().catch(fail)
  })

  const loadOlder = async () => {
    const cursor = log.value?.olderCursor
    if (!cursor || loadingOlder.value) return
    loadingOlder.value = true
    try {
      const page = await api.messages(id, cursor)
      if (log.value) log.value = prependPage(log.value, page)
    } catch (thrown) {
      fail(thrown)
      // A pause, so that a dead connection is not asked with every scroll event.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    } finally {
      loadingOlder.value = false
    }
  }

  const stop = realtime().listen((changed) => {
    if (changed === null || changed === id) void refresh()
  })
  const stopAccepted = outbox.onAccepted((entry) => {
    if (entry.conversationId === id) void refresh()
  })
  onScopeDispose(() => {
    stop()
    stopAccepted()
  })
  void load()

  return {
    conversation,
    log,
    items,
    error,
    closed,
    loading,
    loadingOlder,
    updatedAt,
    load,
    refresh,
    readConversation,
    loadOlder,
    myId,
  }
}

// Rights are the portal's answer: without it, or with a no, nothing old stays on screen, not even the name.
const closesThread = (error: RequestError | null) =>
  error !== null && (error.code === 'rights_unavailable' || error.status === 403 || error.status === 404)

/** Runs one at a time; calls during a run lead to exactly one more. */
function singleFlight(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  const run = async () => {
    do {
      again = false
      await work()
    } while (again)
  }
  return () => {
    if (running) again = true
    running ??= run().finally(() => (running = null))
    return running
  }
}

export type Thread = ReturnType<typeof useThread>
