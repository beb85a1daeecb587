import { expect, test } from 'vitest'
import { aliasesOf, phoneForms } from '#server/person/aliases.ts'

test.each([
  ['5511987654321', '551187654321'],
  ['5215512345678', '525512345678'],
  ['5491123456789', '541123456789'],
])('%s and %s are the same phone', (dialled, known) => {
  expect(phoneForms(dialled)).toEqual([dialled, known])
  expect(phoneForms(known)).toEqual([known, dialled])
})

test.each(['16505551234', '40721234567', '551133334444'])('%s has one form', (digits) => {
  expect(phoneForms(digits)).toEqual([digits])
})

test('phone routing comes before user ids', () => {
  const names = aliasesOf({
    phone: '16505551234',
    waId: '16505551234',
    bsuid: 'US.1',
    parentBsuid: 'US.ENT.1',
  })
  expect(names.map(({ kind }) => kind)).toEqual(['wa_id', 'phone', 'bsuid', 'parent_bsuid'])
  expect(aliasesOf({})).toEqual([])
})
