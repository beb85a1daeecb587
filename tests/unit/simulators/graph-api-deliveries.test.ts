import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { InboundKind, StatusMode } from '#tests/simulators/graph-api/types.ts'
import { startGraph, type Started } from './graph-api-fixture.ts'

let graph: Started
afterEach(() => graph.api.close())

const bodies = () => graph.messages().map((message) => JSON.stringify(message['text']))

test('webhooks are repeated with the same bytes until the app answers 200', async () => {
  graph = startGraph({ retry: { scale: 1 / 1000, maxMs: 5 } })
  graph.state.answer = 503
  graph.ana.write({ to: '111', text: 'one' })
  graph.ana.write({ to: '111', text: 'two' })
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(graph.seen).toHaveLength(0)
  expect(graph.api.pending()).toBe(2)
  graph.state.answer = 200
  await graph.api.settle()
  expect(bodies().sort()).toEqual(['{"body":"one"}', '{"body":"two"}'])
  expect(graph.api.pending()).toBe(0)
})

test('an app that stays away too long loses the webhook', async () => {
  graph = startGraph({ retry: { scale: 1, maxMs: 1, lifeMs: 3_600_000 } })
  graph.state.answer = 500
  graph.ana.write({ to: '111', text: 'one' })
  await graph.api.settle()
  expect(graph.api.pending()).toBe(0)
})

test('one customer is told in order, and everything twice when asked', async () => {
  graph = startGraph()
  graph.api.control.deliveries({ duplicate: true })
  for (const text of ['1', '2', '3']) graph.ana.write({ to: '111', text })
  await graph.api.settle()
  expect(bodies()).toEqual([1, 1, 2, 2, 3, 3].map((n) => `{"body":"${n}"}`))
})

test('shuffled webhooks come in another order, batched ones in one body', async () => {
  graph = startGraph()
  graph.api.control.deliveries({ shuffle: true })
  const texts = ['1', '2', '3', '4', '5']
  for (const text of texts) graph.ana.write({ to: '111', text })
  await graph.api.settle()
  expect(bodies()).not.toEqual(texts.map((text) => `{"body":"${text}"}`))
  expect(new Set(bodies()).size).toBe(5)
  graph.seen.length = 0
  graph.api.control.deliveries({ shuffle: false, batch: true })
  for (const text of texts) graph.ana.write({ to: '111', text })
  await graph.api.settle()
  expect(graph.seen).toHaveLength(1)
  expect(bodies()).toEqual(texts.map((text) => `{"body":"${text}"}`))
})

test('held webhooks wait until they are let go', async () => {
  graph = startGraph()
  graph.api.control.deliveries({ paused: true })
  graph.ana.write({ to: '111', text: 'one' })
  await graph.api.settle()
  expect(graph.seen).toHaveLength(0)
  graph.api.control.deliveries({ paused: false })
  await graph.api.settle()
  expect(graph.seen).toHaveLength(1)
})

test.each<[StatusMode, string[]]>([
  ['normal', ['sent', 'delivered', 'read']],
  ['none', []],
  ['failed', ['failed']],
  ['duplicate', ['sent', 'sent', 'delivered', 'delivered', 'read', 'read']],
  ['reversed', ['read', 'delivered', 'sent']],
  ['read-without-delivered', ['sent', 'read']],
])('statuses %s', async (mode, expected) => {
  graph = startGraph({ statusScript: { sentMs: 200, deliveredMs: 1000, readMs: 3000 } })
  graph.ana.write({ to: '111', text: 'hi' })
  graph.api.control.statuses({ mode, code: 131049 })
  await graph.send({ to: '37369123456', biz_opaque_callback_data: 'x' })
  graph.api.control.advance(5_000)
  await graph.api.settle()
  expect(graph.statuses()).toEqual(expected)
})

test('statuses before the answer are there when the answer comes', async () => {
  graph = startGraph()
  graph.ana.write({ to: '111', text: 'hi' })
  graph.api.control.statuses({ mode: 'before-answer' })
  await graph.send({ to: '37369123456' })
  expect(graph.statuses()).toEqual(['sent', 'delivered'])
})

test('sent and delivered carry a price, the free tier first, and no conversation', async () => {
  graph = startGraph()
  graph.ana.write({ to: '111', text: 'hi' })
  await graph.send({ to: '37369123456' })
  await graph.api.settle()
  const statuses = graph.seen.flatMap((one) => one.value.statuses ?? [])
  expect(statuses[0]).toMatchObject({
    recipient_id: '37369123456',
    pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' },
  })
  expect(statuses[0]).not.toHaveProperty('conversation')
})

test.each<InboundKind>([
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'unsupported',
])('a customer can send %s', async (kind) => {
  graph = startGraph()
  graph.ana.write({ to: '111', kind, replyTo: 'wamid.original' })
  await graph.api.settle()
  expect(graph.messages()).toMatchObject([{ type: kind, from: '37369123456' }])
})

test('edits reach coexistence numbers only, elsewhere they are unsupported', async () => {
  graph = startGraph({}, { numbers: [] })
  const number = { displayPhoneNumber: '+373 22', verifiedName: 'N' }
  graph.api.addAccount({
    wabaId: '500',
    token: 't',
    numbers: [
      { ...number, phoneNumberId: '111' },
      { ...number, phoneNumberId: '222', onBizApp: true },
    ],
  })
  for (const to of ['111', '222']) graph.ana.write({ to, kind: 'edit', text: 'better', replyTo: 'wamid.o' })
  await graph.api.settle()
  expect(graph.messages().map((message) => message['type'])).toEqual(['unsupported', 'edit'])
})

test('a change of number reaches every business the customer talked to, without contacts', async () => {
  graph = startGraph()
  graph.ana.write({ to: '111', text: 'hi' })
  graph.ana.changeIdentity({ phone: '+37369777777' })
  await graph.api.settle()
  const last = graph.seen.at(-1)?.value
  expect(last).toMatchObject({
    messages: [
      { from: '37369123456', type: 'system', system: { type: 'user_changed_number', wa_id: '37369777777' } },
    ],
  })
  expect(last).not.toHaveProperty('contacts')
})

test('state survives a restart, undelivered webhooks included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graph-api-'))
  const stateFile = join(folder, 'state.json')
  graph = startGraph({ stateFile })
  graph.state.answer = 503
  graph.ana.write({ to: '111', text: 'kept' })
  await graph.send({ to: '37369123456', biz_opaque_callback_data: 'a' })
  graph.api.close()
  graph = startGraph({ stateFile })
  await graph.api.settle()
  expect(bodies()).toEqual(['{"body":"kept"}'])
  expect(graph.statuses()).toEqual(['sent', 'delivered'])
  expect(graph.api.acceptedBy('a')).toBe(1)
  expect(graph.account.subscribed).toBe(true)
  graph.api.close()
  rmSync(folder, { recursive: true })
})

test('thousands of sends stay cheap', async () => {
  graph = startGraph(
    {},
    {
      numbers: [{ phoneNumberId: '111', displayPhoneNumber: '1', verifiedName: 'N', messagesPerSecond: 1e6 }],
    },
  )
  const started = performance.now()
  for (let i = 0; i < 2_000; i += 1) {
    const customer = graph.api.customer({ phone: `4070${1_000_000 + (i % 500)}` })
    customer.write({ to: '111', text: 'hi' })
    expect((await graph.send({ to: `4070${1_000_000 + (i % 500)}` })).status).toBe(200)
  }
  await graph.api.settle()
  expect(graph.statuses()).toHaveLength(4_000)
  expect(performance.now() - started).toBeLessThan(10_000)
}, 20_000)
