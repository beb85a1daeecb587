import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startGraph, type Started, TOKEN } from './graph-api-fixture.ts'

let graph: Started
beforeEach(() => {
  graph = startGraph()
})
afterEach(() => graph.api.close())

const errorOf = (answer: { body: object }) => ('error' in answer.body ? answer.body.error : null)
const open = () => graph.ana.write({ to: '111', text: 'hello' })

describe('a send', () => {
  test('is not idempotent: the same body twice is two messages', async () => {
    open()
    const body = { to: '+37369123456', biz_opaque_callback_data: 'attempt-1' }
    const ids = [await graph.send(body), await graph.send(body)].map((answer) => JSON.stringify(answer.body))
    expect(ids[0]).not.toBe(ids[1])
    expect(graph.api.acceptedBy('attempt-1')).toBe(2)
    expect(graph.api.sends).toHaveLength(2)
  })

  test.each([
    ['messaging_product', { messaging_product: undefined }, 100, 'messaging_product is required'],
    ['an unknown field', { paid: true }, 100, 'Unexpected key "paid"'],
    ['an unknown type', { type: 'poll' }, 100, 'Param type must be one of'],
    ['empty text', { text: { body: ' ' } }, 100, "text['body'] is required"],
    ['4097 characters', { text: { body: 'x'.repeat(4097) } }, 100, 'at most 4096'],
    ['513 characters of callback data', { biz_opaque_callback_data: 'x'.repeat(513) }, 100, 'at most 512'],
    ['a missing recipient', { to: undefined }, 131008, 'Required parameter'],
    ['a recipient that is no phone', { to: 'ana' }, 131009, 'not valid'],
    ['the business itself', { to: '+37322000111' }, 131021, 'sender'],
    [
      'a media id nobody uploaded',
      { type: 'image', image: { id: '1' }, text: undefined },
      131009,
      'not valid',
    ],
    [
      'four buttons',
      {
        type: 'interactive',
        text: undefined,
        interactive: {
          type: 'button',
          body: { text: 'x' },
          action: {
            buttons: [1, 2, 3, 4].map((n) => ({ type: 'reply', reply: { id: `${n}`, title: `${n}` } })),
          },
        },
      },
      131009,
      'not valid',
    ],
    [
      'a template',
      { type: 'template', template: { name: 'x', language: { code: 'en' } }, text: undefined },
      132001,
      'Template name',
    ],
  ])('without or with %s is refused', async (_, body, code, message) => {
    open()
    const answer = await graph.send({ to: '+37369123456', ...body })
    expect(answer.status).toBe(code === 132001 ? 404 : 400)
    expect(errorOf(answer)).toMatchObject({
      code,
      type: 'OAuthException',
      message: expect.stringContaining(message),
    })
    expect(graph.api.sends.at(-1)).toMatchObject({ wamid: null, error: { code } })
  })

  test('outside the 24 hours is accepted and fails afterwards with 131047', async () => {
    open()
    await graph.api.settle()
    graph.api.control.advance(24 * 3_600_000)
    const answer = await graph.send({ to: '+37369123456', biz_opaque_callback_data: 'late' })
    expect(answer.status).toBe(200)
    await graph.api.settle()
    expect(graph.seen.at(-1)?.value).toMatchObject({
      statuses: [{ status: 'failed', biz_opaque_callback_data: 'late', errors: [{ code: 131047 }] }],
    })
    expect(graph.seen.at(-1)?.value.contacts).toBeUndefined()
  })

  test('to a closed window on one number works on another that the customer wrote to', async () => {
    graph.api.addAccount({
      wabaId: '500',
      token: TOKEN,
      numbers: [{ phoneNumberId: '222', displayPhoneNumber: '+373 22 000 222', verifiedName: 'Shop 2' }],
    })
    graph.ana.write({ to: '222', text: 'hello' })
    await graph.send({ to: '37369123456' }, '111')
    await graph.send({ to: '37369123456' }, '222')
    await graph.api.settle()
    expect(graph.statuses()).toContain('failed')
    expect(graph.statuses()).toContain('delivered')
  })

  test('to somebody without WhatsApp fails afterwards with 131026', async () => {
    expect((await graph.send({ to: '+40700000000' })).status).toBe(200)
    await graph.api.settle()
    expect(graph.seen.at(-1)?.value.statuses).toMatchObject([{ errors: [{ code: 131026 }] }])
  })

  test('to one person is limited to 45 at once and then one in 6 seconds', async () => {
    open()
    for (let i = 0; i < 45; i += 1) expect((await graph.send({ to: '37369123456' })).status).toBe(200)
    expect(errorOf(await graph.send({ to: '37369123456' }))).toMatchObject({ code: 131056 })
    graph.api.control.advance(6_000)
    expect((await graph.send({ to: '37369123456' })).status).toBe(200)
    expect(errorOf(await graph.send({ to: '37369123456' }))).toMatchObject({ code: 131056 })
  })

  test('from one number is limited to 80 in a second', async () => {
    const answers = []
    for (let i = 0; i < 81; i += 1) answers.push(await graph.send({ to: `+4070000${1000 + i}` }))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(80)
    expect(errorOf(answers[80] ?? { body: {} })).toMatchObject({ code: 130429 })
  })

  test('from a test number reaches its allow-list only', async () => {
    graph.api.addAccount({
      wabaId: '500',
      token: TOKEN,
      numbers: [
        {
          phoneNumberId: '333',
          displayPhoneNumber: '+1 555 0333',
          verifiedName: 'Test',
          allowedRecipients: ['+37369123456'],
        },
      ],
    })
    expect((await graph.send({ to: '37369123456' }, '333')).status).toBe(200)
    expect(errorOf(await graph.send({ to: '37369999999' }, '333'))).toMatchObject({
      code: 131030,
      message: '(#131030) Recipient phone number not in allowed list',
    })
  })

  test('from a number that is not registered is refused until it is', async () => {
    graph.api.addAccount({
      wabaId: '500',
      token: TOKEN,
      numbers: [
        { phoneNumberId: '444', displayPhoneNumber: '+1 555 0444', verifiedName: 'New', registered: false },
      ],
    })
    expect(errorOf(await graph.send({ to: '37369123456' }, '444'))).toMatchObject({ code: 133010 })
    const pin = { messaging_product: 'whatsapp', pin: '123456' }
    expect((await graph.post('/v25.0/444/register', pin)).body).toEqual({ success: true })
    expect(errorOf(await graph.post('/v25.0/444/register', { ...pin, pin: '000000' }))).toMatchObject({
      code: 133005,
    })
    expect((await graph.send({ to: '37369123456' }, '444')).status).toBe(200)
  })

  test('by user id answers and reports without the hidden phone', async () => {
    const hidden = graph.api.customer({
      userId: 'MD.13491208655302741918',
      username: 'ghost',
      phoneHidden: true,
    })
    hidden.write({ to: '111', text: 'who am I' })
    const answer = await graph.send({ recipient: 'MD.13491208655302741918' })
    expect(answer.body).toMatchObject({
      contacts: [{ input: 'MD.13491208655302741918', user_id: 'MD.13491208655302741918' }],
    })
    await graph.api.settle()
    const [inbound] = graph.messages()
    expect(inbound).toMatchObject({ from_user_id: 'MD.13491208655302741918' })
    expect(inbound).not.toHaveProperty('from')
    const delivered = graph.seen.at(-1)?.value
    expect(delivered?.statuses?.[0]).toMatchObject({ recipient_user_id: 'MD.13491208655302741918' })
    expect(delivered?.statuses?.[0]).not.toHaveProperty('recipient_id')
    expect(delivered?.contacts?.[0]).not.toHaveProperty('wa_id')
  })

  test('carries no idempotency between "to" and "recipient": "to" wins', async () => {
    open()
    const answer = await graph.send({ to: '+37369123456', recipient: 'MD.1' })
    expect(answer.body).toMatchObject({ contacts: [{ input: '+37369123456' }] })
  })
})

describe('a read receipt', () => {
  test('marks the message and what came before it', async () => {
    graph.ana.write({ to: '111', text: 'one' })
    const { wamid } = graph.ana.write({ to: '111', text: 'two' })
    const receipt = { messaging_product: 'whatsapp', status: 'read', message_id: wamid }
    expect((await graph.post('/v25.0/111/messages', receipt)).body).toEqual({ success: true })
    expect(graph.api.reads).toMatchObject([{ messageId: wamid }])
    expect(graph.api.sends).toHaveLength(0)
  })

  test('of an unknown message is refused with 131009', async () => {
    const receipt = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.x' }
    expect(errorOf(await graph.post('/v25.0/111/messages', receipt))).toMatchObject({ code: 131009 })
  })
})
