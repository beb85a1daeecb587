import { expect, test } from 'vitest'
import { readEndpoint } from '#server/bitrix/endpoint.ts'
import { survivesForm } from '#server/bitrix/survives-form.ts'

test.each([
  ['https://acme.bitrix24.com/rest/', 'https://acme.bitrix24.com/rest/'],
  ['https://acme.bitrix24.com/rest', 'https://acme.bitrix24.com/rest/'],
  ['https://crm.example.org:8443/rest/', 'https://crm.example.org:8443/rest/'],
  ['http://acme.bitrix24.com/rest/', null],
  ['https://user@acme.bitrix24.com/rest/', null],
  ['https://acme.bitrix24.com/rest/?x=1', null],
  ['https://acme.bitrix24.com/', null],
  ['https://acme.bitrix24.com/rest/../admin/', null],
  ['acme.bitrix24.com', null],
  ['', null],
])('the endpoint %s is read as %s', (text, expected) => {
  expect(readEndpoint(text, false)).toBe(expected)
})

test('plain http is an endpoint only where tests allow it', () => {
  expect(readEndpoint('http://127.0.0.1:4020/rest/', true)).toBe('http://127.0.0.1:4020/rest/')
})

test.each([
  [{}, true],
  [{ id: 1, select: ['id'], filter: { '@id': ['1'] } }, true],
  [{ flag: true }, false],
  [{ value: null }, false],
  [{ list: [] }, false],
  [{ deep: { map: {} } }, false],
  [{ value: undefined }, false],
])('%j survives a form: %s', (params, expected) => {
  expect(survivesForm(params)).toBe(expected)
})
