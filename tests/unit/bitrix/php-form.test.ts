import { expect, test } from 'vitest'
import { encodePhpQuery, parsePhpForm } from '#server/bitrix/php-form.ts'

test('an event body becomes nested values, numbers stay text', () => {
  const body =
    'event=ONAPPINSTALL&data[VERSION]=1&data%5BACTIVE%5D=Y&auth[member_id]=a223&auth[scope]=crm%2Cplacement&ts=1'
  expect(parsePhpForm(body)).toEqual({
    event: 'ONAPPINSTALL',
    data: { VERSION: '1', ACTIVE: 'Y' },
    auth: { member_id: 'a223', scope: 'crm,placement' },
    ts: '1',
  })
})

test('keys that run from 0 are a list, other numbers are not', () => {
  expect(parsePhpForm('a[0]=x&a[1]=y&b[]=1&b[]=2&c[3]=z&d[0][ID]=5')).toEqual({
    a: ['x', 'y'],
    b: ['1', '2'],
    c: { 3: 'z' },
    d: [{ ID: '5' }],
  })
})

test('the last of two values for one name counts, a scalar gives way to a map', () => {
  expect(parsePhpForm('a=1&a=2&b=1&b[c]=2')).toEqual({ a: '2', b: { c: '2' } })
})

test.each(['__proto__[x]=1', 'a[__proto__][x]=1', '__proto__=1', 'constructor[prototype][x]=1'])(
  'nobody gets at a prototype by %s',
  (body) => {
    const parsed = parsePhpForm(body)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(Object.hasOwn(parsed, '__proto__')).toBe(false)
  },
)

test('too many fields and too deep a nesting are malformed', () => {
  const many = Array.from({ length: 1001 }, (_, index) => `k${index}=1`).join('&')
  expect(() => parsePhpForm(many)).toThrow(expect.objectContaining({ code: 'malformed' }))
  expect(() => parsePhpForm(`a${'[b]'.repeat(8)}=1`)).toThrow(expect.objectContaining({ code: 'malformed' }))
})

test('broken names stay as they are', () => {
  expect(parsePhpForm('a[b=1&]c=2&[d]=3&=4')).toEqual({ 'a[b': '1', ']c': '2', '[d]': '3', '': '4' })
})

test('what is encoded for a batch comes back', () => {
  const params = { filter: { '@id': ['1', '2'], title: 'a&b=c %d' }, select: ['id'], q: '$result[a][ID]' }
  expect(parsePhpForm(encodePhpQuery(params))).toEqual(params)
})

test('booleans become 1 and 0, null and empty lists are left out', () => {
  expect(encodePhpQuery({ a: true, b: false, c: null, d: [], e: 0 })).toBe('a=1&b=0&e=0')
})
