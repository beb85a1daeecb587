import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { portal as portalTable } from '#db/schema/index.ts'
import { withPortal } from '#db/tenancy.ts'
import { syncCrm } from '#server/crm/sync-crm.ts'
import { ingestWaiting } from '#server/delivery/ingest-waiting.ts'
import type { Conversation } from '#server/contract.ts'
import { asId, type ConversationId } from '#server/ids.ts'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'
import { deliveryBody, inboundText } from '../support/make.ts'
import { signBody } from '../support/signed.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const HOUR = 3_600_000
const write = async (text: string) => {
  world.customer.write({ to: NUMBER, text })
  await world.drain()
}
const everything = () => world.drain({ delayed: true })
const activities = () => world.simulated.activities()
const textOf = (index = 0) => JSON.stringify(activities()[index]?.layout)
const activityCalls = () => world.bitrix.calls.filter(({ method }) => method.startsWith('crm.activity.'))
const onlyId = async (): Promise<ConversationId> => {
  const { body } = await world.call<{ items: Conversation[] }>('1', 'GET', '/api/conversations')
  return asId<ConversationId>(body.items[0]?.id ?? '')
}
/** A message stamped some time ago, as a late delivery brings it. */
const deliverLate = async (text: string, at: number) => {
  const body = JSON.stringify(
    deliveryBody([inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, at: Math.floor(at / 1000), text })]),
  )
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-hub-signature-256': signBody(world.deps.config.meta.appSecrets[0] ?? '', body),
  }
  expect((await world.request('/webhooks/meta', { method: 'POST', body, headers })).status).toBe(200)
  await world.drain()
}

describe('one entry per conversation and service window', () => {
  test('shows who said what, counts what is unanswered and opens the thread', async () => {
    await write('Good <b>morning</b>')
    const [activity, ...more] = activities()
    expect(more).toEqual([])
    expect(activity).toMatchObject({
      owner: { entityTypeId: 3, entityId: world.contact.id },
      fields: { completed: false, isIncomingChannel: true, originatorId: 'wasync' },
      layout: {
        header: { tags: { unanswered: { type: 'warning', title: { en: 'Unanswered: 1' } } } },
        footer: {
          buttons: {
            open: { action: { type: 'openRestApp', actionParams: { conversationId: await onlyId() } } },
          },
        },
      },
    })
    expect(textOf()).toContain('Elena')
    expect(textOf()).toContain('Good <b>morning</b>')
    await world.send(await onlyId(), 'An answer')
    await everything()
    expect(activities()).toHaveLength(1)
    expect(activities()[0]).toMatchObject({ id: activity?.id, fields: { completed: true } })
    expect(textOf()).toContain('An answer')
    expect(textOf()).toContain('Ben')
    expect(textOf()).not.toContain('Unanswered')
  })

  test('is bound to the contact’s open deal too', async () => {
    const deal = world.simulated.addDeal({ title: 'Open', contactId: world.contact.id })
    await write('Hello')
    expect(activities()[0]?.bindings).toEqual([
      { entityTypeId: 3, entityId: world.contact.id },
      { entityTypeId: 2, entityId: deal.id },
    ])
  })

  test('keeps the latest ten messages, each cut to a readable length', async () => {
    for (let n = 1; n <= 12; n++) world.customer.write({ to: NUMBER, text: `n=${n} ${'x'.repeat(1000)}` })
    await world.drain()
    await everything()
    expect(textOf()).not.toContain('n=2 ')
    expect(textOf()).toContain('n=3 ')
    expect(textOf()).toContain('n=12 ')
    expect(textOf().length).toBeLessThan(10_000)
  })

  test('a burst of fifty messages costs at most three calls', async () => {
    await world.begin()
    await everything()
    const before = activityCalls().length
    const requests = world.bitrix.control.requests().length
    for (let n = 0; n < 50; n++) {
      world.customer.write({ to: NUMBER, text: `burst ${n}` })
      if (n % 10 === 9) await world.drain()
    }
    await everything()
    expect(activityCalls().length - before).toBeLessThanOrEqual(3)
    expect(world.bitrix.control.requests().length - requests).toBeLessThanOrEqual(3)
    expect(activities()).toHaveLength(1)
    expect(textOf()).toContain('burst 49')
    expect(textOf()).toContain('Unanswered: 51')
  })

  test('a new one opens with the first message after a day of silence, and the old one closes', async () => {
    await write('first day')
    await everything()
    world.advance(23 * HOUR)
    await write('within the window')
    await everything()
    expect(activities()).toHaveLength(1)
    world.advance(25 * HOUR)
    await write('second day')
    await everything()
    expect(activities()).toHaveLength(2)
    expect(activities().map(({ fields }) => fields.completed)).toEqual([true, false])
    expect(textOf(0)).not.toContain('second day')
    expect(textOf(1)).not.toContain('first day')
  })

  test('a late message joins the one whose time it falls in, else the nearest, and none merge', async () => {
    const begun = Date.now()
    await write('A1')
    world.advance(30 * HOUR)
    await write('B1')
    await everything()
    await deliverLate('late for A', begun + 2 * HOUR)
    await deliverLate('late for B', begun + 28 * HOUR)
    await everything()
    expect(activities()).toHaveLength(2)
    expect(textOf(0)).toContain('late for A')
    expect(textOf(1)).toContain('late for B')
    expect(textOf(0)).not.toContain('B1')
  })
})

describe('nothing is doubled', () => {
  test('when the answer to adding it is lost', async () => {
    world.bitrix.control.failNext({ method: 'crm.activity.configurable.add', as: 'drop-after' })
    await write('Hello')
    await everything()
    expect(activities()).toHaveLength(1)
    await write('more')
    await everything()
    expect(activities()).toHaveLength(1)
    expect(textOf()).toContain('more')
  })

  test('when a process died right after adding it', async () => {
    await write('Hello')
    await everything()
    await withPortal(
      world.deps.db,
      world.portalId,
      ({ sql }) => sql`update app.crm_activity set activity_id = null, add_started_at = now(),
        owner_type = 'contact', owner_id = ${String(world.contact.id)}, shown_rev = 0`,
    )
    await write('more')
    await everything()
    expect(activities()).toHaveLength(1)
    expect(textOf()).toContain('more')
  })

  test('when a process died right before adding it', async () => {
    await write('Hello')
    await everything()
    const [activity] = activities()
    world.simulated.state.activities = []
    await withPortal(
      world.deps.db,
      world.portalId,
      ({ sql }) => sql`update app.crm_activity set activity_id = null, add_started_at = now(),
        owner_type = 'contact', owner_id = ${String(world.contact.id)}, shown_rev = 0`,
    )
    world.advance(61_000)
    await write('more')
    await everything()
    expect(activities().map(({ id }) => id)).not.toContain(activity?.id)
    expect(activities()).toHaveLength(1)
  })

  test('when two replicas tell the same conversation at once', async () => {
    await world.begin()
    await everything()
    world.advance(30 * HOUR)
    world.customer.write({ to: NUMBER, text: 'next window' })
    await world.graph.settle()
    await ingestWaiting(world.deps)
    const due = { portalId: world.portalId, conversationId: await onlyId() }
    await Promise.all([syncCrm(world.deps, due), syncCrm(world.deps, due), syncCrm(world.deps, due)])
    await everything()
    expect(activities()).toHaveLength(2)
  })

  test('when a job runs again with nothing new', async () => {
    await write('Hello')
    await everything()
    const calls = activityCalls().length
    const due = { portalId: world.portalId, conversationId: await onlyId() }
    await syncCrm(world.deps, due)
    await syncCrm(world.deps, due)
    expect(activityCalls()).toHaveLength(calls)
  })
})

describe('what a portal may do meanwhile', () => {
  test('an entry that a user deleted comes back only with the next message', async () => {
    await write('Hello')
    await everything()
    world.simulated.state.activities = []
    await syncCrm(world.deps, { portalId: world.portalId, conversationId: await onlyId() })
    await everything()
    expect(activities()).toEqual([])
    await write('next')
    await everything()
    expect(activities()).toHaveLength(1)
    expect(textOf()).toContain('next')
  })

  test('a limit or an outage delays it and loses nothing', async () => {
    world.bitrix.control.failNext({ method: 'crm.activity.configurable.add', as: 'OPERATION_TIME_LIMIT' })
    await write('Hello')
    expect(activities()).toEqual([])
    await world.deps.db.sql`select 1`
    await withPortal(world.deps.db, world.portalId, ({ sql }) => sql`delete from app.method_pause`)
    await everything()
    expect(activities()).toHaveLength(1)
  })

  test('a portal without one of our languages gets English', async () => {
    world.simulated.state.languages = ['en', 'de']
    await write('Hello')
    await everything()
    expect(activities()[0]).toMatchObject({
      layout: { header: { tags: { unanswered: { title: 'Unanswered: 1' } } } },
    })
  })

  test('a portal that left is told nothing', async () => {
    await withPortal(world.deps.db, world.portalId, (tx) =>
      tx.orm.update(portalTable).set({ state: 'suspended' }),
    )
    const before = world.bitrix.calls.length
    await write('Hello')
    await everything()
    expect(world.bitrix.calls).toHaveLength(before)
  })

  test('no message, name or phone gets into a log line or a job', async () => {
    await write('LEAK_PROBE_text')
    await everything()
    expect(world.lines.join('\n')).not.toMatch(/LEAK_PROBE|Elena|15550101234/)
  })
})

test('a message that WhatsApp refuses later is told so in the card without waiting for another one', async () => {
  world.graph.control.statuses({ mode: 'failed', code: 131026 })
  await write('Hello')
  await world.send(await onlyId(), 'Are you there?')
  await everything()
  expect(textOf()).toContain('Are you there?')
  expect(textOf()).toMatch(/[Nn]ot sent/)
})
