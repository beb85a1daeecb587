import { describe, expect, test } from 'vitest'
import { groupMessages, type ThreadItem } from '../../../widget/src/conversation/group-messages.ts'
import { makeMessage } from './make-message.ts'

const item = (sentAt: string, fields = {}): ThreadItem => {
  const message = makeMessage({ sentAt, ...fields })
  return { key: message.id, message }
}
const shape = (items: ThreadItem[], hasOlder = false, zone = 'UTC') =>
  groupMessages(items, hasOlder, zone).map((row) =>
    row.type === 'day' ? row.day : row.grouped ? 'grouped' : 'first',
  )

describe('rows of a thread', () => {
  test('a separator stands before each day of the reader’s zone', () => {
    const items = [item('2026-11-19T23:30:00Z'), item('2026-11-20T00:30:00Z')]
    expect(shape(items)).toEqual(['2026-11-19', 'first', '2026-11-20', 'first'])
    expect(shape(items, false, 'Europe/Chisinau')).toEqual(['2026-11-20', 'first', 'first'])
  })

  test('messages of one author within five minutes stand together', () => {
    const out = { direction: 'out' as const, author: { kind: 'user' as const, id: '7', name: 'D' } }
    const items = [
      item('2026-11-20T10:00:00Z'),
      item('2026-11-20T10:04:00Z'),
      item('2026-11-20T10:10:00Z'),
      item('2026-11-20T10:11:00Z', out),
      item('2026-11-20T10:12:00Z', { ...out, author: { kind: 'user', id: '8', name: 'I' } }),
    ]
    expect(shape(items).slice(1)).toEqual(['first', 'grouped', 'first', 'first', 'first'])
  })

  test('a system line never joins a group', () => {
    const items = [
      item('2026-11-20T10:00:00Z'),
      item('2026-11-20T10:00:10Z', { kind: 'system' }),
      item('2026-11-20T10:00:20Z'),
    ]
    expect(shape(items).slice(1)).toEqual(['first', 'first', 'first'])
  })

  test('while older pages exist the first row is a message, so that the place can be kept when they come', () => {
    expect(shape([item('2026-11-20T10:00:00Z'), item('2026-11-21T10:00:00Z')], true)).toEqual([
      'first',
      '2026-11-21',
      'first',
    ])
  })
})
