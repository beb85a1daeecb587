import { describe, expect, test } from 'vitest'
import type { SendInput } from '#server/contract.ts'
import { createOutbox } from '../../../widget/src/composer/outbox.ts'
import { RequestError } from '../../../widget/src/request-error.ts'

function setUp(answer: (input: SendInput, call: number) => Promise<{ id: string; status: 'queued' }>) {
  const sent: SendInput[] = []
  const recovered: number[] = []
  const later: (() => void)[] = []
  let ids = 0
  const outbox = createOutbox({
    send: (_conversation, input) => {
      sent.push(input)
      return answer(input, sent.length)
    },
    changed: () => undefined,
    accepted: () => undefined,
    recovered: (count) => void recovered.push(count),
    newId: () => `client-${++ids}`,
    now: () => new Date('2026-11-20T10:00:00Z'),
    later: (_ms, work) => void later.push(work),
  })
  return { outbox, sent, recovered, later }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0))
const taken = (input: SendInput) => Promise.resolve({ id: `of ${input.clientId}`, status: 'queued' as const })

describe('what was written and not yet taken', () => {
  test('waits while offline and leaves in order, each with the client id it always had', async () => {
    let online = false
    const { outbox, sent, recovered } = setUp((input) =>
      online ? taken(input) : Promise.reject(new RequestError('offline')),
    )
    outbox.add('c1', 'one', null)
    outbox.add('c1', 'two', null)
    await settled()
    expect(outbox.entries().map((entry) => entry.state)).toEqual(['waiting', 'waiting'])

    online = true
    outbox.flush()
    await settled()
    expect(sent.map((input) => `${input.clientId} ${input.text}`)).toEqual([
      'client-1 one',
      'client-1 one',
      'client-2 two',
    ])
    expect(outbox.entries().map((entry) => entry.messageId)).toEqual(['of client-1', 'of client-2'])
    expect(recovered).toEqual([2])
  })

  test('an answer lost on the way is asked for again with the same client id', async () => {
    const { outbox, sent, later } = setUp((input, call) =>
      call === 1 ? Promise.reject(new RequestError('timeout')) : taken(input),
    )
    outbox.add('c1', 'one', 'm1')
    await settled()
    later[0]?.()
    await settled()
    expect(sent).toEqual([
      { clientId: 'client-1', text: 'one', replyToId: 'm1' },
      { clientId: 'client-1', text: 'one', replyToId: 'm1' },
    ])
  })

  test('a refusal is kept with its reason, does not hold up the next, and can be tried again or dropped', async () => {
    const { outbox, sent } = setUp((input, call) =>
      call === 1 ? Promise.reject(new RequestError('window_closed', { status: 409 })) : taken(input),
    )
    outbox.add('c1', 'one', null)
    outbox.add('c1', 'two', null)
    await settled()
    expect(outbox.entries().map((entry) => [entry.state, entry.reason])).toEqual([
      ['refused', 'window_closed'],
      ['accepted', null],
    ])
    outbox.retry('client-1')
    await settled()
    expect(sent.at(-1)?.clientId).toBe('client-1')
    expect(outbox.entries()[0]?.state).toBe('accepted')
  })

  test('a session that ended keeps everything and asks nobody', async () => {
    const { outbox, later } = setUp(() => Promise.reject(new RequestError('ended')))
    outbox.add('c1', 'one', null)
    await settled()
    expect(outbox.entries()[0]?.state).toBe('waiting')
    expect(later).toEqual([])
    expect(outbox.takeBack().map((entry) => entry.text)).toEqual(['one'])
    expect(outbox.entries()).toEqual([])
  })

  test('an entry is forgotten once the thread shows its message', async () => {
    const { outbox } = setUp(taken)
    outbox.add('c1', 'one', null)
    await settled()
    outbox.settle(new Set(['of client-1']))
    expect(outbox.entries()).toEqual([])
  })
})
