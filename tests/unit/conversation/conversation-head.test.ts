import { expect, it } from 'vitest'
import { toHead } from '#server/conversation/conversation-head.ts'

const own = { rev: '4', lastInboundAt: null }

it('gathers the records of a conversation', () => {
  const rows = [
    { ...own, type: 'contact', id: '7' },
    { ...own, type: 'deal', id: '9' },
  ] as const
  expect(toHead(rows)).toEqual({
    ...own,
    refs: [
      { type: 'contact', id: '7' },
      { type: 'deal', id: '9' },
    ],
  })
})

it('tells a conversation that is bound to nothing from none at all', () => {
  expect(toHead([{ ...own, type: null, id: null }])).toEqual({ ...own, refs: [] })
  expect(toHead([])).toBeUndefined()
})
