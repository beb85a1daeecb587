import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withPortal } from '#db/tenancy.ts'
import { newId, type AttemptId, type MessageId } from '#server/ids.ts'
import { createInboundWorld, type Connected, type InboundWorld } from '#tests/support/inbound-world.ts'
import { deliveryBody, inboundText, statusUpdate, type StatusInput } from '#tests/support/make.ts'
import { makeWamid } from '#tests/simulators/graph-api/wamid.ts'

let world: InboundWorld
let number: Connected
beforeAll(async () => {
  world = await createInboundWorld()
  number = await world.connect(await world.addPortal(), '106540352242922')
})
afterAll(() => world.close())

type Sent = { messageId: MessageId; attemptId: AttemptId; wamid: string }
type AttemptState = 'sending' | 'accepted' | 'unconfirmed'

/** An outbound message with one attempt, as a send leaves it. */
const sent = async (status: string, state: AttemptState, isKnown: boolean): Promise<Sent> => {
  const [messageId, attemptId] = [newId<MessageId>(), newId<AttemptId>()]
  const wamid = makeWamid('16505551234', 'out')
  const { portalId, channelId, phoneNumberId } = number
  const from = String(16_500_000_000 + Math.floor(Math.random() * 1e9))
  await world.deliver(deliveryBody([inboundText({ phoneNumberId, from, text: 'hello' })]))
  const own = (await world.shown(portalId)).find(({ phone }) => phone === `+${from}`)
  const conversationId = own?.conversationId ?? ''
  const providerId = isKnown ? wamid : null
  await withPortal(world.deps.db, portalId, async (tx) => {
    await tx.sql`
      insert into app.message (portal_id, id, conversation_id, channel_id, rev, direction, kind, text, status, author_kind,
        sent_at, order_id, provider_id)
      values (${portalId}, ${messageId}, ${conversationId}, ${channelId}, 100, 'out', 'text', 'hi', ${status}, 'user',
        now(), ${messageId}, ${providerId})`
    await tx.sql`
      insert into app.attempt (portal_id, id, message_id, conversation_id, number, state, provider_id)
      values (${portalId}, ${attemptId}, ${messageId}, ${conversationId}, 1, ${state}, ${providerId})`
    await tx.sql`update app.conversation set rev = 100 where portal_id = ${portalId} and id = ${conversationId}`
  })
  return { messageId, attemptId, wamid }
}
const status = (input: Omit<StatusInput, 'phoneNumberId'>) =>
  deliveryBody([statusUpdate({ phoneNumberId: number.phoneNumberId, ...input })])
const message = async (id: MessageId) => (await world.shown(number.portalId)).find((one) => one.id === id)
const attempt = async (id: AttemptId) => {
  const [row] = await withPortal(
    world.deps.db,
    number.portalId,
    (tx) => tx.sql`
      select state, provider_id as "providerId", error_code as "errorCode" from app.attempt
      where portal_id = ${number.portalId} and id = ${id}`,
  )
  return row
}
const ALL = ['sent', 'delivered', 'read', 'failed'] as const
const orders = ALL.flatMap((a) =>
  ALL.filter((b) => b !== a).flatMap((b) =>
    ALL.filter((c) => c !== a && c !== b).map((c) => [a, b, c, ...ALL.filter((d) => ![a, b, c].includes(d))]),
  ),
)

describe('a status only improves', () => {
  test.each(orders)('%s, %s, %s, %s ends as read', async (...order) => {
    const { messageId, wamid } = await sent('sent', 'accepted', true)
    const errors = [{ code: 131026 }]
    for (const one of order) {
      await world.deliver(status({ wamid, status: one, ...(one === 'failed' ? { errors } : {}) }))
    }
    expect(await message(messageId)).toMatchObject({ status: 'read', errorCode: null })
  })

  test('a late sent does not undo failed, a delivered does', async () => {
    const { messageId, wamid } = await sent('sent', 'accepted', true)
    await world.deliver(
      status({ wamid, status: 'failed', errors: [{ code: 131026, title: 'Undeliverable' }] }),
    )
    expect(await message(messageId)).toMatchObject({ status: 'failed', errorCode: '131026' })
    await world.deliver(status({ wamid, status: 'sent' }))
    expect(await message(messageId)).toMatchObject({ status: 'failed' })
    await world.deliver(status({ wamid, status: 'delivered' }))
    expect(await message(messageId)).toMatchObject({ status: 'delivered', errorCode: null })
  })

  test('the same status again changes nothing, not even a revision', async () => {
    const { messageId, wamid } = await sent('sent', 'accepted', true)
    await world.deliver(status({ wamid, status: 'delivered' }))
    const before = await message(messageId)
    await world.deliver(status({ wamid, status: 'delivered' }), status({ wamid, status: 'sent' }))
    expect(await message(messageId)).toEqual(before)
  })
})

describe('an attempt is settled by the status that names it', () => {
  test.each(['sending', 'unconfirmed'] as const)(
    '%s becomes accepted, with the WhatsApp id',
    async (state) => {
      const { messageId, attemptId, wamid } = await sent(state, state, false)
      await world.deliver(status({ wamid, status: 'delivered', callbackData: attemptId }))
      expect(await message(messageId)).toMatchObject({ status: 'delivered', wamid })
      expect(await attempt(attemptId)).toMatchObject({ state: 'accepted', providerId: wamid })
    },
  )

  test('failed settles it too, with the reason', async () => {
    const { messageId, attemptId, wamid } = await sent('unconfirmed', 'unconfirmed', false)
    const errors = [{ code: 131047, title: 'Re-engagement message' }]
    await world.deliver(status({ wamid, status: 'failed', callbackData: attemptId, errors }))
    expect(await message(messageId)).toMatchObject({ status: 'failed', errorCode: '131047' })
    expect(await attempt(attemptId)).toMatchObject({ state: 'rejected', errorCode: '131047' })
  })

  test('a failed earlier attempt says nothing about the one made after it', async () => {
    const { messageId, attemptId, wamid } = await sent('unconfirmed', 'unconfirmed', false)
    const { portalId } = number
    const later = makeWamid('16505551234', 'out')
    const second = newId<AttemptId>()
    await withPortal(world.deps.db, portalId, async (tx) => {
      await tx.sql`
        insert into app.attempt (portal_id, id, message_id, conversation_id, number, state, provider_id)
        select portal_id, ${second}, message_id, conversation_id, 2, 'accepted', ${later} from app.attempt
        where portal_id = ${portalId} and id = ${attemptId}`
      await tx.sql`
        update app.message set status = 'sent', provider_id = ${later} where portal_id = ${portalId} and id = ${messageId}`
    })
    await world.deliver(
      status({ wamid, status: 'failed', callbackData: attemptId, errors: [{ code: 131000 }] }),
    )
    expect(await message(messageId)).toMatchObject({ status: 'sent', wamid: later })
    expect(await attempt(attemptId)).toMatchObject({ state: 'rejected' })
    await world.deliver(status({ wamid, status: 'delivered', callbackData: attemptId }))
    expect(await message(messageId)).toMatchObject({ status: 'delivered', wamid: later })
  })

  test('an attempt of another portal is out of reach', async () => {
    const { messageId, attemptId, wamid } = await sent('unconfirmed', 'unconfirmed', false)
    const other = await world.connect(await world.addPortal(), '999')
    const { phoneNumberId } = other
    await world.deliver(
      deliveryBody([statusUpdate({ phoneNumberId, wamid, status: 'read', callbackData: attemptId })]),
    )
    expect(await message(messageId)).toMatchObject({ status: 'unconfirmed', wamid: null })
  })
})

describe('a status that overtook its message', () => {
  test('waits, once', async () => {
    const wamid = makeWamid('16505551234', 'out')
    await world.deliver(status({ wamid, status: 'delivered' }), status({ wamid, status: 'delivered' }))
    await world.deliver(status({ wamid, status: 'read' }))
    const rows = await withPortal(
      world.deps.db,
      number.portalId,
      (tx) => tx.sql<{ status: string }[]>`
        select status from app.parked_status where portal_id = ${number.portalId} and provider_id = ${wamid}`,
    )
    expect(rows.map((row) => row.status).sort()).toEqual(['delivered', 'read'])
  })
})
