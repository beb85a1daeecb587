import { expect, it } from 'vitest'
import { readCursor, UUID, WHOLE, writeCursor } from '#server/conversation/cursor.ts'

const id = '019a2b3c-0000-7000-8000-0123456789ab'

it('reads back what it wrote, in characters an address takes as they are', () => {
  const cursor = writeCursor([1762000000000, id])
  expect(cursor).toMatch(/^[\w-]+$/)
  expect(readCursor(cursor, [WHOLE, UUID])).toEqual(['1762000000000', id])
})

it.each(['', '%', 'abc', writeCursor(['x', id]), writeCursor([1]), writeCursor([1, id, 2])])(
  'refuses %j as invalid',
  (cursor) => {
    expect(() => readCursor(cursor, [WHOLE, UUID])).toThrow(expect.objectContaining({ code: 'invalid' }))
  },
)
