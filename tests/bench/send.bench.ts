import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import postgres from 'postgres'
import { createGraphApi } from '#tests/simulators/graph-api/app.ts'
import type { GraphApi } from '#tests/simulators/graph-api/types.ts'
import { TEST_ENV } from '#tests/support/test-config.ts'
import { startBenchDatabase } from './bench-database.ts'
import { makePosts, NUMBER, SECRET } from './bodies.ts'
import { Connection } from './connection.ts'
import { round } from './load.ts'
import { pace } from './pace.ts'
import type { BenchResult } from './run.ts'
import { startProcess } from './start-process.ts'

type Options = {
  perSecond: number
  seconds: number
  conversations: number
  users: number
  inboundPerSecond: number
}
// As many people as the pair limit asks for (45 at once, then one in 6 s), as many users as ours does (600 a minute).
const FULL: Options = { perSecond: 80, seconds: 60, conversations: 160, users: 12, inboundPerSecond: 40 }

const TO_GRAPH_P95_MS = 250
const INBOUND_RATIO = 2.5
const INBOUND_P99_MS = 50

/** 80 messages a second on one number: how long an intent takes to Graph, whether order holds, and what inbound feels of it. */
export async function run(options: Partial<Options> = {}): Promise<BenchResult[]> {
  const size = { ...FULL, ...options }
  const database = await startBenchDatabase()
  const file = join(tmpdir(), `wasync-sends-${process.pid}.json`)
  const target = { port: 0 }
  const { graph, port: graphPort, close } = await serveGraph(target)
  try {
    const { superUrl, appUrl } = await database.addProduct('sends')
    const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
    const [ids] = await sql<
      { portal: string; channel: string }[]
    >`select portal_id as portal, id as channel from app.channel`
    const origin = `http://127.0.0.1:${graphPort}`
    const args = [appUrl, file, origin, ids?.portal ?? '', ids?.channel ?? '', String(size.users)]
    const server = await startProcess('serve-sends.ts', ...args)
    target.port = server.port
    try {
      const conversations = await openConversations(graph, sql, size.conversations)
      const tokens: string[] = JSON.parse(readFileSync(file, 'utf8'))
      const inbound = (run: string, seconds: number) =>
        pace(server.port, makePosts(run, server.port, size.inboundPerSecond * seconds), size.inboundPerSecond)
      // Once through everything, so that no first time is measured: rights, sessions, prepared statements.
      await send(server.port, graph, conversations, tokens, { ...size, seconds: 5 }, 'warm')
      const alone = await inbound('alone', Math.min(20, size.seconds))
      const [sent, beside] = await Promise.all([
        send(server.port, graph, conversations, tokens, size, 'run'),
        inbound('beside', size.seconds),
      ])
      const inboundOk = beside.p99 <= INBOUND_P99_MS || beside.p99 <= alone.p99 * INBOUND_RATIO
      const ok = sent.ok && inboundOk && beside.refused === 0
      const quiet = { inboundAloneP99: alone.p99, inboundP99: beside.p99, rssMb: await server.rssMb() }
      return [{ bench: 'send', ...size, ...sent, ...quiet, ok }]
    } finally {
      await sql.end()
      await server.stop()
    }
  } finally {
    close()
    rmSync(file, { force: true })
    await database.stop()
  }
}

async function serveGraph(target: {
  port: number
}): Promise<{ graph: GraphApi; port: number; close(): void }> {
  const graph = createGraphApi({
    origin: 'http://127.0.0.1',
    appId: TEST_ENV.META_APP_ID,
    appSecret: SECRET,
    verifyToken: TEST_ENV.META_VERIFY_TOKEN,
    webhookUrl: 'http://127.0.0.1/webhooks/meta',
    deliver: async (request) => {
      const { method, headers } = request
      const body = await request.arrayBuffer()
      return fetch(`http://127.0.0.1:${target.port}/webhooks/meta`, { method, headers, body })
    },
    statusScript: { sentMs: 200, deliveredMs: 800, readMs: null },
  })
  const displayPhoneNumber = '+1 555-078-3881'
  const number = { phoneNumberId: NUMBER, displayPhoneNumber, verifiedName: 'Bench' }
  graph.addAccount({ wabaId: '1', token: 'bench-token', numbers: [number] })
  const authorization = 'Bearer bench-token'
  await graph.fetch(
    new Request('http://127.0.0.1/v25.0/1/subscribed_apps', { method: 'POST', headers: { authorization } }),
  )
  const options = { fetch: graph.fetch, port: 0, hostname: '127.0.0.1' }
  return new Promise((resolve) => {
    const server = serve(options, ({ port }) =>
      resolve({
        ...{ graph, port },
        close: () => {
          graph.close()
          server.close()
          if ('closeAllConnections' in server) server.closeAllConnections()
        },
      }),
    )
  })
}

const phoneOf = (n: number) => String(16_601_000_000 + n)

/** Each customer, bound to company 1 already, writes once, which opens the window at WhatsApp and here. */
async function openConversations(graph: GraphApi, sql: postgres.Sql, count: number): Promise<string[]> {
  await bindCustomers(sql, count)
  for (let n = 0; n < count; n++) {
    graph.customer({ phone: phoneOf(n), name: `Person ${n}` }).write({ to: NUMBER, text: 'Hello' })
  }
  for (let waited = 0; waited < 300; waited++) {
    const rows = await sql<
      { id: string }[]
    >`select id from app.conversation where last_message_at is not null`
    if (rows.length >= count) return rows.map(({ id }) => id)
    await new Promise((resolve) => void setTimeout(resolve, 100))
  }
  throw new Error('the conversations did not open')
}

async function bindCustomers(sql: postgres.Sql, count: number): Promise<void> {
  const phones = Array.from({ length: count }, (_, n) => phoneOf(n))
  await sql`
    with number as (select portal_id, id as channel_id from app.channel),
    people as (
      insert into app.person (portal_id, id, phone)
      select portal_id, gen_random_uuid(), '+' || phone from number, unnest(${phones}::text[]) as phone
      returning portal_id, id, substr(phone, 2) as phone),
    aliases as (
      insert into app.person_alias (portal_id, kind, value, person_id)
      select portal_id, kind, phone, id from people, unnest(array['phone', 'wa_id']) as kind),
    opened as (
      insert into app.conversation (portal_id, id, channel_id, person_id, bound_at)
      select p.portal_id, gen_random_uuid(), n.channel_id, p.id, now() from people p, number n
      returning portal_id, id)
    insert into app.binding (portal_id, conversation_id, entity_type, entity_id, is_owner)
    select portal_id, id, 'company', '1', true from opened`
}

async function send(
  port: number,
  graph: GraphApi,
  conversations: string[],
  tokens: string[],
  size: Options,
  name: string,
) {
  const count = size.perSecond * size.seconds
  const posts = Array.from({ length: count }, (_, n) => {
    const conversation = conversations[n % conversations.length] ?? ''
    return toRequest(port, conversation, tokens[n % tokens.length] ?? '', `${name} ${n}`)
  })
  const from = graph.sends.length
  const intentAt = new Map<string, number>()
  const acked = new Set<string>()
  const free: Connection[] = []
  const all: Connection[] = []
  const fire = async (bytes: Buffer, n: number) => {
    // The one that rested longest: none rests for the five seconds after which the server closes it.
    const client = free.shift() ?? new Connection(port)
    if (!all.includes(client)) all.push(client)
    intentAt.set(`${name} ${n}`, Date.now())
    if ((await client.send(bytes)) === 202) acked.add(`${name} ${n}`)
    free.push(client)
  }
  const started = performance.now()
  const fired: Promise<void>[] = []
  while (fired.length < count) {
    const due = Math.min(count, ((performance.now() - started) * size.perSecond) / 1000)
    while (fired.length < due) {
      const bytes = posts[fired.length]
      if (bytes) fired.push(fire(bytes, fired.length))
    }
    await new Promise((resolve) => void setTimeout(resolve, 1))
  }
  await Promise.all(fired)
  for (const client of all) client.close()
  const sent = () => graph.sends.slice(from).filter(({ wamid }) => wamid !== null)
  for (let waited = 0; waited < 300 && sent().length < acked.size; waited++)
    await new Promise((resolve) => void setTimeout(resolve, 100))
  return judge(sent(), intentAt, acked, count, conversations.length)
}

function judge(
  sent: GraphApi['sends'],
  intentAt: Map<string, number>,
  acked: Set<string>,
  count: number,
  conversations: number,
) {
  const texts = sent.map(({ text }) => text ?? '')
  const times = sent.map(({ at, text }) => at - (intentAt.get(text ?? '') ?? 0)).sort((a, b) => a - b)
  const at = (share: number) =>
    round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Infinity)
  const lost = [...acked].filter((text) => !texts.includes(text)).length
  const doubled = texts.length - new Set(texts).size
  const last = new Map<number, number>()
  let overtaken = 0
  for (const text of texts) {
    const n = Number(text.split(' ')[1])
    if (n < (last.get(n % conversations) ?? -1)) overtaken++
    last.set(n % conversations, n)
  }
  const ok = at(0.95) <= TO_GRAPH_P95_MS && lost + doubled + overtaken === 0 && acked.size === count
  return {
    ok,
    sent: texts.length,
    refused: count - acked.size,
    lost,
    doubled,
    overtaken,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  }
}

function toRequest(port: number, conversation: string, token: string, text: string): Buffer {
  const body = JSON.stringify({ clientId: crypto.randomUUID(), text })
  const head = [
    `POST /api/conversations/${conversation}/messages HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
