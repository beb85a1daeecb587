import { expect, test } from 'vitest'
import { cutChanges } from '#server/privacy/cut-changes.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const text = (cut: Uint8Array | null) => (cut === null ? null : JSON.parse(new TextDecoder().decode(cut)))
const change = (number: string, more: object = {}) => ({
  field: 'messages',
  value: { metadata: { phone_number_id: number }, ...more },
})

test('only the changes of these numbers leave a body; everything else stays as it was', () => {
  const body = {
    object: 'o',
    extra: 1,
    entry: [{ id: '9', changes: [change('1'), change('2', { kept: true })] }],
  }
  expect(text(cutChanges(bytes(body), ['1']))).toEqual({
    ...body,
    entry: [{ id: '9', changes: [change('2', { kept: true })] }],
  })
})

test('a body that names none of them, or is no webhook, is left alone', () => {
  expect(cutChanges(bytes({ entry: [{ changes: [change('2')] }] }), ['1'])).toBeNull()
  expect(cutChanges(bytes({ entry: 'number 1' }), ['1'])).toBeNull()
  expect(cutChanges(new TextEncoder().encode('1 {'), ['1'])).toBeNull()
})

test('a number in a text is no reason to cut somebody else’s change', () => {
  const body = { entry: [{ changes: [change('2', { text: 'call 1' })] }] }
  expect(text(cutChanges(bytes(body), ['1']))).toEqual(body)
})
