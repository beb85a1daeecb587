import { expect, test } from 'vitest'
import { edit, type Edit } from '#server/conversation/edit-messages.ts'

const at = (second: number) => new Date(second * 1000)
const original = () => ({ kind: 'text', text: 'a', editedAt: null as Date | null, removed: false })
const change = (text: string, second: number): Edit => ({ what: 'text', text, at: at(second) })

const orders = (edits: Edit[]): Edit[][] =>
  edits.length < 2
    ? [edits]
    : edits.flatMap((one, index) => orders(edits.toSpliced(index, 1)).map((rest) => [one, ...rest]))

test('edits end the same in whatever order and however often they come', () => {
  const edits = [change('first', 1), change('second', 2), change('same second', 2)]
  for (const order of orders(edits)) {
    const message = original()
    for (const one of [...order, ...order]) edit(message, one)
    expect(message).toMatchObject({ text: 'second', editedAt: at(2) })
    expect(order.map((one) => edit(message, one))).toEqual([false, false, false])
  }
})

test('what was taken back stays away', () => {
  const message = original()
  expect(edit(message, { what: 'removal', text: null, at: at(5) })).toBe(true)
  expect(edit(message, change('later', 9))).toBe(false)
  expect(message).toMatchObject({ text: null, removed: true })
})
