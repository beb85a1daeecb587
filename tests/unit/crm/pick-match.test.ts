import { expect, test } from 'vitest'
import { pickMatch } from '#server/crm/pick-match.ts'

const nobody = { contact: [], lead: [], company: [] }
const deal = (id: string, ...contactIds: string[]) => ({ id, contactIds })
const names = (refs: readonly ({ type: string; id: string } | null)[]) =>
  refs.map((ref) => (ref ? `${ref.type} ${ref.id}` : 'none'))

test.each([
  ['nobody', nobody, [], 'none', 'none', []],
  ['one contact', { ...nobody, contact: ['7'] }, [], 'contact 7', 'none', []],
  [
    'a contact before a newer lead',
    { ...nobody, contact: ['7'], lead: ['90'] },
    [],
    'contact 7',
    'none',
    ['lead 90'],
  ],
  [
    'a lead before a company',
    { ...nobody, lead: ['3'], company: ['90'] },
    [],
    'lead 3',
    'none',
    ['company 90'],
  ],
  [
    'the newest contact',
    { ...nobody, contact: ['9', '10', '2'] },
    [],
    'contact 10',
    'none',
    ['contact 9', 'contact 2'],
  ],
  ['the newest lead', { ...nobody, lead: ['9', '10'] }, [], 'lead 10', 'none', ['lead 9']],
  [
    'the contact of an open deal before a newer one',
    { ...nobody, contact: ['1', '2'] },
    [deal('5', '1')],
    'contact 1',
    'deal 5',
    ['contact 2'],
  ],
  [
    'the newest of two with open deals',
    { ...nobody, contact: ['1', '2'] },
    [deal('6', '1'), deal('5', '2')],
    'contact 2',
    'deal 5',
    ['contact 1'],
  ],
  [
    'the newest open deal of the contact',
    { ...nobody, contact: ['1'] },
    [deal('9', '1'), deal('10', '1')],
    'contact 1',
    'deal 10',
    [],
  ],
  [
    'somebody else’s deal does not count',
    { ...nobody, contact: ['1'] },
    [deal('9', '4')],
    'contact 1',
    'none',
    [],
  ],
] as const)('%s', (_, found, deals, chosen, open, others) => {
  const match = pickMatch(found, deals)
  expect(names([match.chosen, match.deal])).toEqual([chosen, open])
  expect(names(match.candidates)).toEqual(others)
})

test('a company that shares its number with hundreds does not fill the list', () => {
  const contact = Array.from({ length: 20 }, (_, index) => String(index + 1))
  expect(pickMatch({ contact, lead: contact, company: contact }, []).candidates).toHaveLength(20)
})
