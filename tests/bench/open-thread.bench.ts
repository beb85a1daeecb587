import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool } from '#db/pool.ts'
import { withPortal } from '#db/tenancy.ts'
import { pageStatement } from '#server/conversation/message-page.ts'
import { asId, type ConversationId, type PortalId } from '#server/ids.ts'
import { startBenchDatabase } from './bench-database.ts'
import type { Post } from './bodies.ts'
import { load, median, round, type LoadResult } from './load.ts'
import type { BenchResult } from './run.ts'
import { seedThreads, type Thread, type Threads } from './seed-threads.ts'
import { startProcess, type Started } from './start-process.ts'

type Options = {
  portals: number
  messages: number
  requests: number
  pairs: number
  connections: number
  seed: number
}
const FULL: Options = {
  portals: 1000,
  messages: 2_000_000,
  requests: 5000,
  pairs: 5,
  connections: 16,
  seed: 20_261_122,
}

const RATIO = 0.55
const P99_MS = 30
const DEEP_RATIO = 1.5

/** Opens threads as users do, beside a bare endpoint with the same query; prints the ratio, the plan and what depth costs. */
export async function run(options: Partial<Options> = {}): Promise<BenchResult[]> {
  const size = { ...FULL, ...options }
  const database = await startBenchDatabase()
  const file = join(tmpdir(), `wasync-threads-${process.pid}.json`)
  try {
    const { superUrl, appUrl } = await database.addProduct('threads')
    const seeded = await seedThreads(superUrl, file, size)
    const plan = await readPlan(appUrl, seeded.long)
    const product = await startProcess('serve-threads.ts', appUrl, file)
    const bare = await startProcess('serve-bare.ts', appUrl)
    const tokens: string[] = JSON.parse(readFileSync(file, 'utf8'))
    try {
      const rate = await measureRate(product, bare, seeded, tokens, size)
      const deep = await measureDepth(product.port, seeded.long, tokens[0] ?? '')
      const ok = rate.ok && deep.ok && plan.ok
      return [{ bench: 'open-thread', ...sizeOf(size), ...rate, ...deep, ...plan, ok }]
    } finally {
      await Promise.all([product.stop(), bare.stop()])
    }
  } finally {
    rmSync(file, { force: true })
    await database.stop()
  }
}

const sizeOf = ({ portals, messages, connections, pairs, seed }: Options) => ({
  portals,
  messages,
  connections,
  pairs,
  seed,
})

async function measureRate(
  product: Started,
  bare: Started,
  seeded: Threads,
  tokens: string[],
  size: Options,
) {
  const random = generator(size.seed)
  const pick = () => seeded.threads[Math.floor(random() * seeded.threads.length)] ?? seeded.long
  const perPortal = seeded.threads.length / seeded.portals.length
  const tokenOf = (thread: Thread) => tokens[seeded.portals.indexOf(thread.portalId)] ?? ''
  const opening = (thread: Thread): Post => ({
    id: thread.conversationId,
    bytes: get(
      product.port,
      `/api/conversations/${thread.conversationId}/messages?limit=50`,
      tokenOf(thread),
    ),
  })
  const floor = (thread: Thread): Post => ({
    id: thread.conversationId,
    bytes: get(bare.port, `/${thread.portalId}/${thread.conversationId}`),
  })
  const some = Array.from({ length: size.requests }, pick)
  // One thread of every user: afterwards their rights are known for a minute.
  const everybody = seeded.portals.map((_, index) => seeded.threads[index * perPortal] ?? seeded.long)
  await load(bare.port, some.map(floor), size.connections)
  await load(product.port, everybody.map(opening), size.connections)
  await load(product.port, some.map(opening), size.connections)
  const before = await misses(product.port)
  const pairs: { own: LoadResult; bare: LoadResult }[] = []
  for (let n = 0; n < size.pairs; n++) {
    const threads = Array.from({ length: size.requests }, pick)
    pairs.push({
      own: await load(product.port, threads.map(opening), size.connections),
      bare: await load(bare.port, threads.map(floor), size.connections),
    })
  }
  const ratio = round(median(pairs.map(({ own, bare: other }) => own.perSecond / other.perSecond)))
  const p99 = median(pairs.map(({ own }) => own.p99))
  const refused = pairs.reduce((sum, { own }) => sum + own.refused, 0)
  return {
    ok: ratio >= RATIO && p99 <= P99_MS && refused === 0,
    ...{ ratio, p99, refused, rightsAsked: (await misses(product.port)) - before },
    p50: median(pairs.map(({ own }) => own.p50)),
    perSecond: median(pairs.map(({ own }) => own.perSecond)),
    bareP99: median(pairs.map(({ bare: other }) => other.p99)),
    barePerSecond: median(pairs.map(({ bare: other }) => other.perSecond)),
    rssMb: await product.rssMb(),
  }
}

async function measureDepth(port: number, { conversationId }: Thread, token: string) {
  const path = (cursor: string | null) =>
    `/api/conversations/${conversationId}/messages?limit=100${cursor ? `&cursor=${cursor}` : ''}`
  let cursor: string | null = null
  for (let page = 1; page < 200; page++) {
    const answer = await fetch(`http://127.0.0.1:${port}${path(cursor)}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const body = (await answer.json()) as { nextCursor: string | null }
    cursor = body.nextCursor
    if (!cursor) throw new Error(`the thread ends at page ${page}`)
  }
  const times: { first: number[]; deep: number[] } = { first: [], deep: [] }
  for (let n = 0; n < 20; n++) {
    for (const [which, at] of [
      ['first', null],
      ['deep', cursor],
    ] as const) {
      const posts = Array.from({ length: 10 }, () => ({ id: '', bytes: get(port, path(at), token) }))
      times[which].push((await load(port, posts, 1)).p50)
    }
  }
  const page1Ms = median(times.first)
  const page200Ms = median(times.deep)
  const depthRatio = round(page200Ms / page1Ms)
  return { ok: depthRatio <= DEEP_RATIO, page1Ms, page200Ms, depthRatio }
}

async function readPlan(appUrl: string, thread: Thread) {
  const db = openPool(appUrl, { max: 1 })
  const portalId = asId<PortalId>(thread.portalId)
  const page = { before: null, limit: 50 }
  const { text, values } = pageStatement(portalId, asId<ConversationId>(thread.conversationId), page)
  const rows = await withPortal(db, portalId, (tx) =>
    tx.sql.unsafe(`explain (analyze, buffers) ${text}`, values),
  )
  await db.close()
  const lines = rows.map((row) => String(row['QUERY PLAN']))
  const scan =
    lines
      .find((line) => line.includes('message_order'))
      ?.replace(/ \(cost.*/, '')
      .trim() ?? ''
  const ok =
    scan.includes('Index Scan Backward using message_order') && !lines.some((line) => /\bSort\b/.test(line))
  return { ok, scan }
}

async function misses(port: number): Promise<number> {
  return (await (await fetch(`http://127.0.0.1:${port}/bench/misses`)).json()) as number
}

function get(port: number, path: string, token?: string): Buffer {
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...(token ? [`Authorization: Bearer ${token}`] : []),
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n`)
}

const generator = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
