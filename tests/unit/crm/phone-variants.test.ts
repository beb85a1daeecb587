import { expect, test } from 'vitest'
import { internationalPhone, phoneVariants } from '#server/crm/phone-variants.ts'

test.each([
  ['40722000201', ['+40722000201', '40722000201', '0722 000 201', '0722000201']],
  ['4915112000202', ['+4915112000202', '4915112000202', '015112000202']],
  ['15550101234', ['+15550101234', '15550101234', '5550101234']],
])('%s is looked for as a CRM may have it', (phone, wanted) => {
  expect(phoneVariants(phone)).toEqual(expect.arrayContaining(wanted))
})

test.each([
  ['Brazil, eight digits at WhatsApp', '551187654321', '+5511987654321'],
  ['Brazil, nine digits at WhatsApp', '5511987654321', '+551187654321'],
  ['Mexico with the mobile 1', '5215512345678', '+525512345678'],
  ['Mexico without it', '525512345678', '+5215512345678'],
  ['Argentina with the mobile 9', '5491123456789', '+541123456789'],
  ['Argentina without it', '541123456789', '+5491123456789'],
])('%s: the other form is looked for too', (_, phone, other) => {
  const variants = phoneVariants(phone)
  expect(variants).toContain(`+${phone}`)
  expect(variants).toContain(other)
})

test.each(['551187654321', '5215512345678', '5491123456789', '15550101234', '1', ''])(
  '“%s” gives each form once and no more than the portal takes',
  (phone) => {
    const variants = phoneVariants(phone)
    expect(new Set(variants).size).toBe(variants.length)
    expect(variants.length).toBeLessThanOrEqual(20)
  },
)

test.each([
  ['+40 722 000 201', '+40722000201'],
  ['0040722000201', '+40722000201'],
  ['40722000201', '+40722000201'],
  ['no phone', null],
  ['', null],
])('“%s” as an international phone is %s', (text, phone) => {
  expect(internationalPhone(text)).toBe(phone)
})
