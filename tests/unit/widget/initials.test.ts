import { expect, test } from 'vitest'
import { initials } from '../../../widget/src/conversation/initials.ts'

test.each([
  ['Elena Marinescu', 'EM'],
  ['elena', 'E'],
  ['Анна Мария Иванова', 'АИ'],
  ['ștefan popa-lungu', 'ȘL'],
  ['👩‍👧 Olga', 'O'],
  ['+44 7700 900142', '#'],
  ['', '#'],
])('the initials of %s are %s', (name, expected) => {
  expect(initials(name)).toBe(expected)
})
