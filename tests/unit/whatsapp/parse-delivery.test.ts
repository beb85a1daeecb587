import { describe, expect, test } from 'vitest'
import { parseDelivery } from '#server/whatsapp/parse-delivery.ts'
import { stampOf } from '#server/whatsapp/wire.ts'
import { deliveryBody, inboundText, statusUpdate, userChangedUserId } from '#tests/support/make.ts'

const phoneNumberId = '106540352242922'
const text = (n: number) =>
  inboundText({ phoneNumberId, from: '16505551234', text: String(n), wamid: `w${n}` })

describe('places', () => {
  test('are counted over the whole body and never repeat', () => {
    const changes = parseDelivery(
      deliveryBody([
        text(1),
        { wabaId: '2', field: 'account_update', value: {} },
        statusUpdate({ phoneNumberId, wamid: 'w9', status: 'sent' }),
        text(2),
      ]),
    )
    const places = changes.flatMap(({ position, messages, statuses, leftovers }) => [
      ...(leftovers.some((one) => one.position === position) ? [] : [position]),
      ...[...messages, ...statuses, ...leftovers].map((event) => event.position),
    ])
    expect(new Set(places).size).toBe(places.length)
  })

  test('are the same for a change that is read again by itself', () => {
    const whole = parseDelivery(deliveryBody([text(1), text(2), text(3)]))
    const third = whole[2]
    const alone = parseDelivery(deliveryBody([text(3)]), third?.position)
    expect(alone[0]?.messages[0]?.position).toBe(third?.messages[0]?.position)
  })
})

describe('who wrote', () => {
  const value = (part: object) => ({
    entry: [
      { id: '1', changes: [{ field: 'messages', value: { metadata: { phone_number_id: '1' }, ...part } }] },
    ],
  })
  const senders = (part: object) =>
    parseDelivery(value(part)).flatMap(({ messages }) => messages.map(({ sender }) => sender))

  test('a single contact with another wa_id is the sender’s (Brazil’s ninth digit)', () => {
    const part = {
      contacts: [{ wa_id: '551187654321', profile: { name: 'Ana' } }],
      messages: [{ id: 'a', from: '5511987654321', type: 'text', text: { body: 'oi' } }],
    }
    expect(senders(part)[0]).toMatchObject({ phone: '5511987654321', waId: '551187654321', name: 'Ana' })
  })

  test('a single contact is nobody else’s where several people wrote', () => {
    const part = {
      contacts: [{ wa_id: '11111', profile: { name: 'One' } }],
      messages: [
        { id: 'a', from: '11111', type: 'text', text: { body: 'x' } },
        { id: 'b', from: '22222', type: 'text', text: { body: 'y' } },
      ],
    }
    expect(senders(part).map(({ waId, name }) => ({ waId, name }))).toEqual([
      { waId: '11111', name: 'One' },
      { waId: '22222', name: undefined },
    ])
  })

  test('contacts are matched by id, not by their place', () => {
    const part = {
      contacts: [
        { user_id: 'US.2', profile: { name: 'Two' } },
        { wa_id: '11111', profile: { name: 'One' } },
      ],
      messages: [
        { id: 'a', from: '11111', type: 'text', text: { body: 'x' } },
        { id: 'b', from_user_id: 'US.2', type: 'text', text: { body: 'y' } },
      ],
    }
    expect(senders(part).map(({ name }) => name)).toEqual(['One', 'Two'])
  })

  test('an old user id that stands only in the text is found', () => {
    const change = userChangedUserId({ phoneNumberId, userId: 'US.13491208', newUserId: 'US.24817305' })
    const [message] = change.value.messages as { system: Record<string, unknown> }[]
    delete message?.system.previous_user_id
    if (message) message.system.body = 'User Test User changed from US.13491208 to US.24817305'
    const event = parseDelivery(deliveryBody([change]))[0]?.messages[0]
    expect(event?.sender.bsuid).toBe('US.13491208')
    expect(event?.becomes?.bsuid).toBe('US.24817305')
  })

  test('text of a group is not shown as if it were private', () => {
    const message = { id: 'a', from: '11111', group_id: 'g', type: 'text', text: { body: 'for all' } }
    expect(parseDelivery(value({ messages: [message] }))[0]?.messages[0]).toMatchObject({
      ...{ kind: 'unsupported', text: null },
    })
  })
})

test.each([
  ['1749416383', 1_749_416_383_000],
  [1_749_416_383, 1_749_416_383_000],
  ['1749416383123', 1_749_416_383_000],
  ['0', undefined],
  ['1', undefined],
  ['-5', undefined],
  ['message_timestamp', undefined],
  ['99999999999999999999', undefined],
  [null, undefined],
  [{}, undefined],
])('the stamp %j is %s', (given, expected) => {
  expect(stampOf(given)).toBe(expected)
})

test.each([null, 1, 'x', [], {}, { entry: {} }, { entry: [null, 1, []] }, { entry: [{ changes: 'x' }] }])(
  '%j throws nothing and is kept whole',
  (body) => {
    const [change] = parseDelivery(body)
    expect(change?.leftovers[0]).toMatchObject({ reason: 'unreadable', value: body })
  },
)
