import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import { deliveryBody, inboundText } from '#tests/support/make.ts'
import { signBody } from '#tests/support/signed.ts'

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

let numbers = 7_000
const freshNumber = async () => world.connect(await world.addPortal(), String(++numbers))

describe('bad input', () => {
  const change = () => inboundText({ phoneNumberId: '1', from: '16505551250', text: 'x' })

  test('a signature that is missing, wrong, short, sha1 or upper case is refused, and nothing is stored', async () => {
    const text = JSON.stringify(deliveryBody([change()]))
    const good = signBody(world.secret, text)
    const waiting = await world.deps.db.sql`select * from control.intake_state()`
    const bad = [
      null,
      '',
      good.slice(7),
      good.slice(0, -1),
      `${good}0`,
      good.toUpperCase(),
      `sha256=${good.slice(7).toUpperCase()}`,
      good.replace('sha256', 'sha1'),
      signBody('another secret', text),
      `sha256=${'0'.repeat(64)}`,
      `sha256=${'z'.repeat(64)}`,
    ]
    for (const signature of bad)
      expect((await world.postRaw(text, signature)).status, String(signature)).toBe(401)
    expect((await world.postRaw(text.replace('"x"', '"y"'), good)).status).toBe(401)
    expect(await world.deps.db.sql`select * from control.intake_state()`).toEqual(waiting)
  })

  test('every configured secret is good, and escapes are signed as they came', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const text = JSON.stringify(
      deliveryBody([inboundText({ phoneNumberId, from: '16505551251', text: 'PLACE' })]),
    ).replace('PLACE', String.raw`caf\u00e9 \ud83d\ude00 a\/b`)
    const next = world.deps.config.meta.appSecrets[1] ?? ''
    expect((await world.postRaw(text, signBody(next, text))).status).toBe(200)
    await world.drain()
    expect((await world.shown(portalId)).map((message) => message.text)).toEqual(['café 😀 a/b'])
  })

  test.each(['', '[]', '1', 'null', '"x"', '{', '{"a":1}x'])(
    'signed %j is no JSON object: 400',
    async (text) => {
      expect((await world.postRaw(text, signBody(world.secret, text))).status).toBe(400)
    },
  )

  test('3 MB are taken, over 4 MB are not', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const text = 'a'.repeat(3_000_000)
    expect(
      (await world.post(deliveryBody([inboundText({ phoneNumberId, from: '16505551252', text })]))).status,
    ).toBe(200)
    expect((await world.post({ text: 'a'.repeat(5_000_000) })).status).toBe(413)
    await world.drain()
    expect((await world.shown(portalId))[0]?.text).toHaveLength(3_000_000)
  })

  test('a body without a declared length is read no further than 4 MB', async () => {
    let chunks = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        chunks++
        controller.enqueue(new Uint8Array(100_000))
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: endless, duplex: 'half' }
    expect((await world.app.request('/webhooks/meta', init)).status).toBe(413)
    expect(chunks).toBeLessThan(60)
  })

  test.each([
    ['NUL', 'a\u0000b', 'ab'],
    ['half a surrogate pair', 'a\ud83dz', 'a\ufffdz'],
  ])('%s in a text poisons nothing', async (_, sent, expected) => {
    const { portalId, phoneNumberId } = await freshNumber()
    const say = (text: string) => deliveryBody([inboundText({ phoneNumberId, from: '16505551253', text })])
    const answers = await Promise.all([world.post(say('one')), world.post(say(sent)), world.post(say('two'))])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await world.drain()
    const texts = (await world.shown(portalId)).map(({ text }) => text)
    expect(texts.sort()).toEqual([expected, 'one', 'two'].sort())
  })

  test.each([
    [
      'nested ten thousand deep',
      `{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"7"},"messages":[{"id":"w","from":"1650","type":"image","image":${'['.repeat(10_000)}${']'.repeat(10_000)}}]}}]}]}`,
    ],
    [
      'a __proto__ key',
      '{"__proto__":{"entry":1},"entry":[{"__proto__":{},"changes":[{"value":{"__proto__":{"metadata":1}}}]}]}',
    ],
    ['the same key twice', '{"entry":[],"entry":[{"changes":[]}]}'],
    [
      'wrong types everywhere',
      '{"entry":[1,null,{"changes":[null,7,{"value":[]},{"value":{"metadata":{"phone_number_id":7},"messages":[null,1,{"id":{}}],"statuses":"x","contacts":5}}]}]}',
    ],
    [
      'numbers out of range',
      '{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":1e308},"messages":[{"id":1e308,"from":1e308,"timestamp":1e308}]}}]}]}',
    ],
    ['an empty object', '{}'],
  ])('%s: answered 200 and kept', async (_, text) => {
    expect((await world.postRaw(text, signBody(world.secret, text))).status).toBe(200)
    await world.drain()
    const [state] = await world.deps.db.sql<{ waiting: string }[]>`select waiting from control.intake_state()`
    expect(state?.waiting).toBe('0')
  })

  test('a time stamp that is nonsense, in milliseconds or from the future is put right', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const who = { phoneNumberId, from: '16505551254' }
    const now = Date.now()
    await world.deliver(
      deliveryBody([inboundText({ ...who, at: Math.floor(now / 1000) * 1000, text: 'milliseconds' })]),
      deliveryBody([inboundText({ ...who, at: 1, text: 'nonsense' })]),
      deliveryBody([inboundText({ ...who, at: 99_999_999_999, text: 'future' })]),
    )
    const shown = await world.shown(portalId)
    expect(shown).toHaveLength(3)
    for (const { sentAt } of shown) expect(Math.abs(sentAt.getTime() - now)).toBeLessThan(20_000)
  })
})

describe('verification', () => {
  const ask = (query: Record<string, string>) =>
    world.app.request(`/webhooks/meta?${new URLSearchParams(query)}`)

  test('the challenge comes back as plain text for our token only', async () => {
    const token = world.deps.config.meta.verifyToken
    const good = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': token }
    const answer = await ask(good)
    expect([answer.status, await answer.text()]).toEqual([200, '1158201444'])
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect((await ask({ ...good, 'hub.verify_token': `${token}x` })).status).toBe(403)
    expect((await ask({ 'hub.mode': 'subscribe', 'hub.challenge': '1' })).status).toBe(403)
  })
})
