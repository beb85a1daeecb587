import { describe, expect, test } from 'vitest'
import { createLeader, type LeaderMessage } from '../../../widget/src/live/leader.ts'

/** Cards on one channel and one clock; nothing runs but through `advance`. */
function browser() {
  let now = 0
  let timers: { at: number; work: () => void; card: string }[] = []
  const dead = new Set<string>()
  const cards = new Map<string, ReturnType<typeof open>>()

  function open(id: string) {
    const seen: string[] = []
    const leader = createLeader({
      id,
      post: (message: LeaderMessage) => {
        for (const [other, card] of cards) if (other !== id && !dead.has(other)) card.leader.receive(message)
      },
      later: (ms, work) => {
        const timer = { at: now + ms, work, card: id }
        timers.push(timer)
        return () => void (timers = timers.filter((one) => one !== timer))
      },
      lead: () => void seen.push('lead'),
      follow: () => void seen.push('follow'),
      hint: (conversation) => void seen.push(`hint ${conversation}`),
      resync: () => void seen.push('resync'),
      live: (live) => void seen.push(`live ${live}`),
    })
    const card = { leader, seen, id }
    cards.set(id, card)
    leader.join()
    return card
  }

  return {
    open,
    kill: (id: string) => void dead.add(id),
    leaders: () =>
      [...cards.values()]
        .filter((card) => !dead.has(card.id) && card.leader.role() === 'leader')
        .map((card) => card.id),
    advance(ms: number) {
      const end = now + ms
      for (;;) {
        const [next] = timers
          .filter((timer) => timer.at <= end && !dead.has(timer.card))
          .sort((a, b) => a.at - b.at)
        if (!next) break
        timers = timers.filter((timer) => timer !== next)
        now = next.at
        next.work()
      }
      now = end
    },
  }
}

const eight = () => {
  const one = browser()
  const cards = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => one.open(id))
  return { one, cards }
}

describe('one stream per browser', () => {
  test('of eight cards exactly one leads', () => {
    const { one } = eight()
    one.advance(5_000)
    expect(one.leaders()).toEqual(['a'])
  })

  test('a card opened later does not take over, even with a smaller id', () => {
    const one = browser()
    one.open('m')
    one.advance(2_000)
    one.open('a')
    one.advance(10_000)
    expect(one.leaders()).toEqual(['m'])
  })

  test('when the leader dies silently another leads within five seconds', () => {
    const { one } = eight()
    one.advance(2_000)
    one.kill('a')
    one.advance(5_000)
    expect(one.leaders()).toHaveLength(1)
    expect(one.leaders()).not.toContain('a')
  })

  test('a leader that leaves says so, and the next one starts within a second', () => {
    const { one, cards } = eight()
    one.advance(2_000)
    cards[0]?.leader.leave()
    one.advance(1_000)
    expect(one.leaders()).toEqual(['b'])
    expect(cards[0]?.seen).toContain('follow')
  })

  test('a hint of the leader reaches every other card once', () => {
    const { one, cards } = eight()
    one.advance(2_000)
    cards[0]?.leader.relay('c1')
    for (const card of cards.slice(1)) expect(card.seen.filter((what) => what === 'hint c1')).toHaveLength(1)
    expect(cards[0]?.seen).not.toContain('hint c1')
  })

  test('a card that does not lead relays nothing', () => {
    const { one, cards } = eight()
    one.advance(2_000)
    cards[1]?.leader.relay('c1')
    expect(cards[2]?.seen).not.toContain('hint c1')
  })

  test('a stream that comes up makes everyone read again and tells that it is live', () => {
    const { one, cards } = eight()
    one.advance(2_000)
    cards[0]?.leader.setLive(true)
    expect(cards[1]?.seen).toContain('resync')
    cards[0]?.leader.setLive(false)
    expect(cards[1]?.seen.at(-1)).toBe('live false')
  })

  test('two leaders who meet become one', () => {
    const one = browser()
    const first = one.open('a')
    one.advance(1_000)
    const second = one.open('b')
    // As if the answer of the first one had come too late.
    one.kill('a')
    one.advance(6_000)
    expect(second.leader.role()).toBe('leader')
    second.leader.receive({ type: 'beat', from: 'a', live: true })
    expect(second.leader.role()).toBe('follower')
    expect(first.leader.role()).toBe('leader')
  })
})
