import { describe, expect, test } from 'vitest'
import { linkLabel, linkText } from '../../../widget/src/conversation/link-text.ts'

const clickable = (text: string) => linkText(text).flatMap((part) => (part.href === null ? [] : [part.href]))

const HOSTILE = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//https',
  'java\u0000script:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '"><script>alert(1)</script>',
  'https:javascript:alert(1)',
  'https://',
  'https://user:secret@evil.example/',
  'https://bitrix24.com@evil.example/login',
  'tel:+442079460018;phone-context=evil',
  'jаvascript:alert(1)',
  'ⓙavascript:alert(1)',
]

describe('links in a message', () => {
  test.each(HOSTILE)('%s never becomes anything but words, https or a phone', (text) => {
    for (const href of clickable(text)) expect(href).toMatch(/^(https?:\/\/[^@]+|tel:\+?\d+)$/)
    expect(clickable(text).join()).not.toMatch(/script:/i)
  })

  test.each(HOSTILE)('%s loses no character', (text) => {
    expect(
      linkText(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })

  test('an address with a user name pretends to be another site and stays words', () => {
    expect(clickable('https://bitrix24.com@evil.example/login')).toEqual([])
  })

  test('a link ends before the punctuation of the sentence', () => {
    expect(clickable('See https://example.com/a?b=1. And (http://example.org/x_(y)), ok')).toEqual([
      'https://example.com/a?b=1',
      'http://example.org/x_(y)',
    ])
  })

  test('a host of mixed scripts is shown as the browser opens it', () => {
    const part = linkText('https://раypal.com/login').find((one) => one.type === 'link')
    expect(part && linkLabel(part)).toContain('xn--')
  })

  test('phones become tel: links, sums and dates do not', () => {
    expect(clickable('Call +44 20 7946-0018 or 0722 123 456.')).toEqual([
      'tel:+442079460018',
      'tel:0722123456',
    ])
    expect(clickable('8420.00 in total, 2026-11-20 10:00, order 20260001234')).toEqual([])
  })
})
