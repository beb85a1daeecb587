import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import {
  deliveryBody,
  inboundEdit,
  inboundImage,
  inboundReaction,
  inboundRevoke,
  inboundText,
  inboundUnsupported,
} from '#tests/support/make.ts'
import { makeWamid } from '#tests/simulators/graph-api/wamid.ts'

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

let numbers = 7_000
const freshNumber = async (since?: Date) => {
  const portalId = await world.addPortal()
  return world.connect(portalId, String(++numbers), since)
}
const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset

describe('what arrives is shown once and in order', () => {
  test('a text message becomes a conversation with its person, window and counter', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const at = seconds(-60)
    await world.deliver(
      deliveryBody([
        inboundText({ phoneNumberId, from: '16505551234', name: 'Sheena Nelson', at, text: 'Hello ✓ 👋' }),
      ]),
    )
    const [message, ...more] = await world.shown(portalId)
    expect(more).toEqual([])
    expect(message).toMatchObject({
      ...{
        kind: 'text',
        direction: 'in',
        text: 'Hello ✓ 👋',
        status: 'received',
        removed: false,
        unanswered: 1,
      },
      ...{ personName: 'Sheena Nelson', phone: '+16505551234', sentAt: new Date(at * 1000) },
      lastInboundAt: new Date(at * 1000),
      lastMessageId: message?.id,
    })
  })

  test('the same delivery three times at once, half of it repeated later, is one message', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const bodies = Array.from({ length: 20 }, (_, n) =>
      deliveryBody([inboundText({ phoneNumberId, from: '16505551235', text: `n=${n}` })]),
    )
    const answers = await Promise.all([...bodies, ...bodies, ...bodies].map((body) => world.post(body)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await Promise.all([world.drain(), world.drain(), world.drain()])
    await world.deliver(...bodies.slice(0, 10))
    const shown = await world.shown(portalId)
    expect(shown).toHaveLength(20)
    expect(new Set(shown.map(({ text }) => text)).size).toBe(20)
    expect(shown[0]?.unanswered).toBe(20)
    expect(new Set(shown.map(({ rev }) => rev)).size).toBe(20)
  })

  test('messages stand in the order of WhatsApp seconds, however they came', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const from = '16505551236'
    const bodies = [5, 2, 4, 1, 3].map((n) =>
      deliveryBody([inboundText({ phoneNumberId, from, at: seconds(n - 60), text: String(n) })]),
    )
    await world.deliver(...bodies)
    const shown = await world.shown(portalId)
    expect(shown.map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5'])
    expect(shown[0]?.lastMessageId).toBe(shown[4]?.id)
  })

  test('several portals and numbers in one body each get their own', async () => {
    const [a, b, c] = [await freshNumber(), await freshNumber(), await freshNumber()]
    const second = await world.connect(a.portalId, String(++numbers))
    const targets = [a, b, c, second]
    const changes = targets.flatMap(({ phoneNumberId }, index) =>
      [1, 2].map((n) =>
        inboundText({
          phoneNumberId,
          wabaId: `9${index}`,
          from: '16505551237',
          text: `${phoneNumberId}/${n}`,
        }),
      ),
    )
    await world.deliver(deliveryBody(changes))
    for (const { portalId, phoneNumberId, channelId } of targets) {
      const own = (await world.shown(portalId)).filter((message) => message.channelId === channelId)
      expect(own.map(({ text }) => text)).toEqual([`${phoneNumberId}/1`, `${phoneNumberId}/2`])
    }
    const ofA = await world.shown(a.portalId)
    expect(new Set(ofA.map(({ conversationId }) => conversationId)).size).toBe(2)
    expect(new Set(ofA.map(({ personId }) => personId)).size).toBe(1)
  })

  test('five hundred senders at once: each message is in the conversation of its sender', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const bodies = Array.from({ length: 1_500 }, (_, n) => {
      const from = String(16_506_000_000 + (n % 500))
      return deliveryBody([
        inboundText({ phoneNumberId, from, name: `Contact ${from}`, text: `from=${from} n=${n}` }),
      ])
    })
    const answers = await Promise.all(bodies.map((body) => world.post(body)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    await Promise.all([world.drain(), world.drain()])
    const shown = await world.shown(portalId)
    expect(shown).toHaveLength(1_500)
    expect(shown.filter(({ text, phone }) => !text?.startsWith(`from=${phone?.slice(1)} `))).toEqual([])
    expect(new Set(shown.map(({ conversationId }) => conversationId)).size).toBe(500)
  })

  test('a conversation queues its CRM history once, whatever arrives before that ran', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const say = (text: string) => deliveryBody([inboundText({ phoneNumberId, from: '16505551238', text })])
    await world.deliver(say('1'), say('2'))
    await world.deliver(say('3'))
    const [message] = await world.shown(portalId)
    const jobs = await world.boss.fetch('crm.sync', { batchSize: 1000 })
    const own = jobs.filter(({ data }) => (data as { portalId: string }).portalId === portalId)
    expect(own.map(({ data }) => data)).toEqual([{ portalId, conversationId: message?.conversationId }])
  })
})

describe('kinds we do not read yet', () => {
  test('are shown as unsupported, with the payload kept sealed', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const who = { phoneNumberId, from: '16505551240' }
    await world.deliver(
      deliveryBody([inboundImage({ ...who, caption: 'LEAK_PROBE_caption' }), inboundUnsupported({ ...who })]),
    )
    const shown = await world.shown(portalId)
    expect(shown.map(({ kind, text }) => ({ kind, text }))).toEqual([
      { kind: 'unsupported', text: null },
      { kind: 'unsupported', text: null },
    ])
    expect(shown[0]?.unanswered).toBe(2)
    expect(world.lines.join('\n')).not.toContain('LEAK_PROBE')
  })

  test('a reaction renews the window, asks for no answer, and points at its message', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const who = { phoneNumberId, from: '16505551241' }
    const wamid = makeWamid(who.from, 'in')
    const at = seconds(-100)
    await world.deliver(
      deliveryBody([inboundText({ ...who, wamid, at, text: 'original' })]),
      deliveryBody([inboundReaction({ ...who, at: at + 50, messageId: wamid, emoji: '👍' })]),
      deliveryBody([inboundReaction({ ...who, at: at + 60, messageId: wamid })]),
    )
    const [original, reaction, taken] = await world.shown(portalId)
    expect(reaction).toMatchObject({ kind: 'reaction', text: '👍', replyToId: original?.id, unanswered: 1 })
    expect(taken).toMatchObject({ kind: 'reaction', text: null, replyToId: original?.id })
    expect(original?.lastInboundAt).toEqual(new Date((at + 60) * 1000))
  })

  test('an edit and a revoke change their original, also when they come before it', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const who = { phoneNumberId, from: '16505551242' }
    const [a, b, c] = [makeWamid(who.from, 'in'), makeWamid(who.from, 'in'), makeWamid(who.from, 'in')]
    const at = seconds(-100)
    const edit = deliveryBody([inboundEdit({ ...who, at: at + 9, originalId: a, text: 'after' })])
    const early = deliveryBody([inboundEdit({ ...who, at: at + 9, originalId: c, text: 'early edit' })])
    await world.deliver(
      deliveryBody([inboundText({ ...who, wamid: a, at, text: 'before' })]),
      deliveryBody([inboundText({ ...who, wamid: b, at: at + 1, text: 'gone soon' })]),
      edit,
      deliveryBody([inboundRevoke({ ...who, at: at + 9, originalId: b })]),
      early,
    )
    await world.deliver(deliveryBody([inboundText({ ...who, wamid: c, at: at + 2, text: 'late original' })]))
    const before = await world.shown(portalId)
    await world.deliver(edit, early)
    const shown = await world.shown(portalId)
    expect(shown.map(({ kind, text, removed }) => ({ kind, text, removed }))).toEqual([
      { kind: 'text', text: 'after', removed: false },
      { kind: 'text', text: null, removed: true },
      { kind: 'text', text: 'early edit', removed: false },
      { kind: 'system', text: 'early edit', removed: false },
    ])
    expect(shown).toEqual(before)
  })

  test('nobody edits or revokes what somebody else wrote', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const wamid = makeWamid('16505551243', 'in')
    await world.deliver(
      deliveryBody([inboundText({ phoneNumberId, from: '16505551243', wamid, text: 'mine' })]),
      deliveryBody([inboundRevoke({ phoneNumberId, from: '16505551244', originalId: wamid })]),
    )
    const shown = await world.shown(portalId)
    expect(shown.map(({ kind, removed }) => ({ kind, removed }))).toContainEqual({
      kind: 'text',
      removed: false,
    })
  })

  test('an answer that overtook the message it quotes points at it afterwards', async () => {
    const { portalId, phoneNumberId } = await freshNumber()
    const who = { phoneNumberId, from: '16505551245' }
    const wamid = makeWamid(who.from, 'in')
    await world.deliver(
      deliveryBody([inboundText({ ...who, at: seconds(-5), contextId: wamid, text: 'answer' })]),
      deliveryBody([inboundText({ ...who, at: seconds(-9), wamid, text: 'question' })]),
    )
    const [question, answer] = await world.shown(portalId)
    expect(answer?.replyToId).toBe(question?.id)
  })
})
