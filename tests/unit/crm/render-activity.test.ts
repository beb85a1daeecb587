import { expect, test } from 'vitest'
import { renderActivity, type ShownMessage, type ShownSpan } from '#server/crm/render-activity.ts'
import { checkLayout } from '#tests/simulators/bitrix24/rest/layout.ts'

const LANGUAGES = ['en', 'ru', 'ro']
const message = (change: Partial<ShownMessage> = {}): ShownMessage => ({
  ...{ direction: 'in', kind: 'text', text: 'Hello', status: 'received' },
  ...{ authorKind: 'customer', authorName: 'Elena' },
  sentAt: new Date('2026-11-22T14:05:59Z'),
  ...change,
})
const span = (change: Partial<ShownSpan> = {}): ShownSpan => ({
  ...{ id: 'span', conversationId: 'conversation', channelName: 'Shop', personName: 'Elena P.' },
  ...{ unanswered: 0, messages: [message()] },
  ...change,
})
const shownOf = (...messages: ShownMessage[]) => JSON.stringify(renderActivity(span({ messages })).layout)

test.each([
  ['one message', span()],
  [
    'ten messages of any kind',
    span({ messages: Array.from({ length: 10 }, () => message({ text: null, kind: 'order' })) }),
  ],
  ['no message any more', span({ messages: [] })],
  ['unanswered ones', span({ unanswered: 3 })],
  ['nobody’s name', span({ personName: '', messages: [message({ authorName: null })] })],
])('the portal takes an entry with %s, in our languages and without them', (_, shown) => {
  expect(() => checkLayout(renderActivity(shown).layout, LANGUAGES)).not.toThrow()
  expect(() => checkLayout(renderActivity(shown, false).layout, [])).not.toThrow()
})

test('says direction, author, time and text of each message, oldest first', () => {
  const answer = message({
    direction: 'out',
    authorKind: 'user',
    authorName: 'Ben',
    text: 'Good day',
    status: 'sent',
  })
  const text = shownOf(message(), answer)
  expect(text).toContain('← Elena P. · 2026-11-22 14:05 UTC')
  expect(text).toContain('→ Ben · 2026-11-22 14:05 UTC')
  expect(text.indexOf('Hello')).toBeLessThan(text.indexOf('Good day'))
})

test('a message that was not sent says so in every language', () => {
  const failed = shownOf(
    message({ direction: 'out', authorKind: 'user', authorName: 'Ben', status: 'failed' }),
  )
  for (const words of ['not sent', 'не отправлено', 'netrimis']) expect(failed).toContain(words)
})

test.each([
  [0, true, undefined],
  [2, false, 'Unanswered: 2'],
])('%d unanswered: completed %s', (unanswered, completed, tag) => {
  const { fields, layout } = renderActivity(span({ unanswered }), false)
  expect(fields).toMatchObject({
    completed,
    isIncomingChannel: true,
    originatorId: 'wasync',
    originId: 'span',
  })
  expect(layout['header']).toMatchObject({ title: 'WhatsApp · Shop' })
  expect(JSON.stringify(layout['header']).includes('Unanswered')).toBe(tag !== undefined)
})

test('the button opens the thread', () => {
  expect(renderActivity(span()).layout['footer']).toMatchObject({
    buttons: { open: { action: { type: 'openRestApp', actionParams: { conversationId: 'conversation' } } } },
  })
})

test('a long text is cut between characters, never inside one', () => {
  const text = shownOf(message({ text: '👍🏽'.repeat(2000) }))
  expect(text.length).toBeLessThan(3000)
  expect(text).toContain('…')
  expect(text.isWellFormed()).toBe(true)
})

test('the same content is rendered the same, so that it is told once', () => {
  expect(renderActivity(span({ unanswered: 1 }))).toEqual(renderActivity(span({ unanswered: 1 })))
})
