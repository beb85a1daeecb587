import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConversationId } from '#server/ids.ts'
import { CUSTOMER, createWorld, NUMBER, type World } from '../support/conversation-world.ts'
import { deliveryBody, inboundText } from '../support/make.ts'
import { NASTY, odd } from '../support/nasty.ts'
import { createSeeded } from '../support/seeded.ts'
import { signBody } from '../support/signed.ts'

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_801)

let world: World
let id: ConversationId
beforeAll(async () => {
  world = await createWorld()
  id = await world.begin()
}, 60_000)
afterAll(() => world.close())

describe('what Meta posts', () => {
  const secret = () => world.deps.config.meta.appSecrets[0] ?? ''
  const post = (body: string, headers: Record<string, string> = {}) =>
    world.request('/webhooks/meta', {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': signBody(secret(), body), ...headers },
    })

  test('over 4 MB is 413 and malformed JSON with a good signature 400, and nothing of either is kept', async () => {
    const kept = () => world.deps.db.sql`select * from control.intake_state()`
    const before = await kept()
    expect((await post(`{"a":"${'x'.repeat(4_000_000)}"}`)).status).toBe(413)
    for (const body of ['{', '', '[1]', '"x"', 'null', '{"a":}', '\ufeff'])
      expect((await post(body)).status, body).toBe(400)
    expect(await kept()).toEqual(before)
  })

  test('fields nobody knows are kept with the raw body, whatever its content type', async () => {
    const change = inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, text: 'With more fields' })
    Object.assign(change.value, { brand_new: { deep: [1, 2, { __proto__: null, three: 3 }] } })
    const body = JSON.stringify({ ...deliveryBody([change]), later: 'than us' })
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      expect((await post(body, { 'content-type': type })).status).toBe(200)
    }
    await world.drain()
    expect((await world.messages(id, '1')).filter(({ text }) => text === 'With more fields')).toHaveLength(1)
    const raw = await world.deps.db.sql<{ id: string; body: Uint8Array }[]>`
      select id, body from control.replay_deliveries('-infinity', null, 100)`
    const plain = await Promise.all(
      raw.map(({ id: row, body: cell }) =>
        world.deps.keyring.open('intake', ['control', 'delivery', 'body', row], cell),
      ),
    )
    const texts = plain.map((bytes) => new TextDecoder().decode(bytes))
    expect(texts.filter((text) => text === body)).toHaveLength(3)
  })

  test('bytes bent at random are kept or refused, never a 500, and the next good post goes through', async () => {
    const random = createSeeded(SEED + 2)
    const good = JSON.stringify(
      deliveryBody([inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, text: 'Bent' })]),
    )
    for (let round = 0; round < 150; round++) {
      const at = random.below(good.length)
      const bent = random.pick([
        good.slice(0, at),
        good.slice(0, at) + random.pick(NASTY) + good.slice(at),
        good.slice(0, at) + good.slice(at + 1 + random.below(40)),
        good.replace('"text"', JSON.stringify(random.pick(NASTY))),
        good.replaceAll(/"\d+"/g, () => JSON.stringify(odd(random))),
      ])
      const { status } = await post(bent)
      expect([200, 400], `seed ${SEED + 2}: ${bent.slice(0, 400)}`).toContain(status)
    }
    await world.drain()
    const [state] = await world.deps.db.sql<{ waiting: string }[]>`select waiting from control.intake_state()`
    expect(state?.waiting).toBe('0')
    const last = JSON.stringify(
      deliveryBody([inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, text: 'Straight' })]),
    )
    expect((await post(last)).status).toBe(200)
    await world.drain()
    expect((await world.messages(id, '1')).some(({ text }) => text === 'Straight')).toBe(true)
  })
})
