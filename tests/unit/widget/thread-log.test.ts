import { describe, expect, test } from 'vitest'
import type { Pending } from '../../../widget/src/composer/outbox.ts'
import { mergePending } from '../../../widget/src/conversation/merge-pending.ts'
import { applyChanges, openLog, prependPage } from '../../../widget/src/conversation/thread-log.ts'
import { makeMessage } from './make-message.ts'

const at = (second: number) => new Date(Date.parse('2026-11-20T10:00:00Z') + second * 1000).toISOString()
const a = makeMessage({ id: 'a', sentAt: at(10) })
const b = makeMessage({ id: 'b', sentAt: at(20) })
const log = openLog({ items: [b, a], nextCursor: 'older', rev: 5 })
const ids = (one: { items: readonly { id: string }[] }) => one.items.map((item) => item.id)
const changes = (...items: ReturnType<typeof makeMessage>[]) => ({ items, nextCursor: null, rev: 9 })

describe('the loaded part of a thread', () => {
  test('a change replaces its message where it stands', () => {
    const next = applyChanges(log, changes({ ...a, rev: 8, status: 'read' }))
    expect(ids(next)).toEqual(['a', 'b'])
    expect(next.items[0]?.status).toBe('read')
    expect(next.rev).toBe(9)
  })

  test('an older revision changes nothing', () => {
    expect(applyChanges(log, changes({ ...a, rev: 0, text: 'old' })).items[0]?.text).toBe(a.text)
  })

  test('a late message goes where WhatsApp’s time puts it, behind those of the same second', () => {
    const late = makeMessage({ id: 'late', sentAt: at(15) })
    const same = makeMessage({ id: 'same', sentAt: at(20) })
    expect(ids(applyChanges(log, changes(late, same)))).toEqual(['a', 'late', 'b', 'same'])
  })

  test('a message older than what is loaded waits for its page', () => {
    expect(ids(applyChanges(log, changes(makeMessage({ id: 'ancient', sentAt: at(1) }))))).toEqual(['a', 'b'])
  })

  test('a removed message leaves', () => {
    expect(
      ids(applyChanges(log, { items: [{ id: 'a', rev: 9, removed: true }], nextCursor: null, rev: 9 })),
    ).toEqual(['b'])
  })

  test('an older page comes in front, without doubling', () => {
    const next = prependPage(log, {
      items: [a, makeMessage({ id: 'z', sentAt: at(1) })],
      nextCursor: null,
      rev: 5,
    })
    expect(ids(next)).toEqual(['z', 'a', 'b'])
    expect(next.olderCursor).toBeNull()
  })
})

describe('what is on its way beside what arrived', () => {
  const pending: Pending = {
    clientId: 'client-1',
    conversationId: 'c',
    text: 'Hi',
    replyToId: null,
    createdAt: at(30),
    state: 'posting',
    reason: null,
    messageId: null,
    delayed: false,
  }
  const mine = makeMessage({
    id: 'mine',
    direction: 'out',
    text: 'Hi',
    sentAt: at(31),
    author: { kind: 'user', id: '7', name: 'D' },
  })

  test('is shown as queued, whatever the connection does', () => {
    const [item] = mergePending([], [pending], new Map(), '7')
    expect([item?.key, item?.message.status]).toEqual(['client-1', 'queued'])
  })

  test('is not shown twice when the live stream is faster than the answer', () => {
    const keys = new Map()
    expect(mergePending([mine], [pending], keys, '7').map((item) => item.key)).toEqual(['client-1'])
    expect(mergePending([mine], [], keys, '7').map((item) => item.key)).toEqual(['client-1'])
  })

  test('the same words of a colleague are another message', () => {
    const other = { ...mine, author: { kind: 'user' as const, id: '8', name: 'I' } }
    expect(mergePending([other], [pending], new Map(), '7')).toHaveLength(2)
  })
})
