import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Message } from '#server/contract.ts'
import type { ConversationId } from '#server/ids.ts'
import { createWorld, CUSTOMER, NUMBER, type World } from '../support/conversation-world.ts'
import { deliveryBody, inboundText } from '../support/make.ts'
import { startReplica } from '../support/replica.ts'
import { signBody } from '../support/signed.ts'

type Replica = Awaited<ReturnType<typeof startReplica>>

// Two whole servers at once; the world's own server only answers what the test asks.
let world: World
let replicas: [Replica, Replica]
let id: ConversationId
beforeAll(async () => {
  world = await createWorld()
  id = await world.begin()
  replicas = await Promise.all([startReplica(world), startReplica(world)])
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.close()
  await world.close()
})

const eventually = async (check: () => Promise<void> | void): Promise<void> => {
  const until = Date.now() + 15_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function ask<T>(server: Replica, method: string, path: string, body?: unknown, user = '2') {
  const response = await server.request(path, {
    method,
    headers: { authorization: `Bearer ${await world.token(user)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

const shown = async (server: Replica): Promise<Message[]> => {
  const items: Message[] = []
  let cursor = ''
  do {
    const path = `/api/conversations/${id}/messages?limit=100${cursor && `&cursor=${cursor}`}`
    const { body } = await ask<{ items: Message[]; nextCursor: string | null }>(server, 'GET', path)
    items.push(...body.items)
    cursor = body.nextCursor ?? ''
  } while (cursor)
  return items
}

const texts = (messages: Message[], start: string) =>
  messages.map(({ text }) => text ?? '').filter((text) => text.startsWith(start))

test('what both receive, twice each and at once, is shown once', async () => {
  const secret = world.deps.config.meta.appSecrets[0] ?? ''
  const bodies = Array.from({ length: 120 }, (_, n) =>
    JSON.stringify(deliveryBody([inboundText({ phoneNumberId: NUMBER, from: CUSTOMER, text: `in ${n}` })])),
  )
  const post = (server: Replica, body: string) =>
    server.request('/webhooks/meta', {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': signBody(secret, body) },
    })
  const answers = await Promise.all(
    bodies.flatMap((body) => [...replicas, ...replicas].map((server) => post(server, body))),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  await eventually(async () => expect(texts(await shown(replicas[0]), 'in ')).toHaveLength(120))
  await Promise.all(replicas.map(({ ingest }) => ingest.idle()))
  for (const server of replicas) {
    const messages = await shown(server)
    expect(texts(messages, 'in ').toSorted()).toEqual(bodies.map((_, n) => `in ${n}`).toSorted())
    expect(new Set(messages.map(({ rev }) => rev)).size).toBe(messages.length)
  }
})

test('what is sent through both, the same intent through each, leaves once and in order', async () => {
  const path = `/api/conversations/${id}/messages`
  const said: string[] = []
  for (let n = 0; n < 12; n++) {
    const input = { clientId: crypto.randomUUID(), text: `out ${n}` }
    const answers = await Promise.all(
      [...replicas, ...replicas].map((server) => ask<{ id: string }>(server, 'POST', path, input)),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 202])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    said.push(input.text)
  }
  await eventually(async () => {
    const statuses = (await shown(replicas[1])).filter(({ direction }) => direction === 'out')
    expect(statuses.map(({ status }) => status)).toEqual(said.map(() => 'delivered'))
  })
  const accepted = world.graph.sends.filter(({ wamid }) => wamid !== null)
  expect(accepted.map(({ text }) => text)).toEqual(said)
  for (const { callbackData } of accepted) expect(world.graph.acceptedBy(callbackData ?? '')).toBe(1)
})

test('a change made by one is heard on the streams of both', async () => {
  const heard = ['', '']
  const readers = await Promise.all(
    replicas.map(async (server, index) => {
      const headers = { authorization: `Bearer ${await world.token('2')}` }
      const response = await server.request('/api/events', { headers })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      void (async () => {
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
          heard[index] += part.value
      })()
      return reader
    }),
  )
  await eventually(() => heard.forEach((text) => expect(text).toContain(': open')))
  const input = { clientId: crypto.randomUUID(), text: 'for all to hear' }
  await ask(replicas[0], 'POST', `/api/conversations/${id}/messages`, input)
  await eventually(() => heard.forEach((text) => expect(text).toContain(id)))
  for (const reader of readers) await reader?.cancel()
})

test('a token that ran out is refreshed once, whoever notices', async () => {
  const { bitrix, simulated } = world
  const before = bitrix.control.refreshes(simulated.memberId)
  bitrix.control.expireTokens(simulated.memberId)
  // Older than the answers about rights that are kept.
  world.advance(61_000)
  const path = `/api/conversations/${id}/messages?limit=1`
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => ask(replicas[n % 2 === 0 ? 0 : 1], 'GET', path)),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(bitrix.control.refreshes(simulated.memberId) - before).toBe(1)
})
