import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { auditRealWorld } from '#tests/support/audit-real-world.ts'
import { startTraffic } from '#tests/support/real-traffic.ts'
import { createRealWorld, openConversations, REAL_SECRET, type RealWorld } from '#tests/support/real-world.ts'
import { createSeeded } from '#tests/support/seeded.ts'
import { startBenchDatabase } from './bench-database.ts'
import { makePosts, SECRET, type Post } from './bodies.ts'
import { Connection } from './connection.ts'
import type { BenchResult } from './run.ts'

type Options = { posts: number; kills: number; clients: number; conversations: number; sendEveryMs: number }
// As many people as 10 sends a second need at one in 6 s for each (the pair limit of WhatsApp).
const FULL: Options = { posts: 100_000, kills: 20, clients: 16, conversations: 90, sendEveryMs: 100 }

const CHUNK = 1_000
const LONGEST_PAUSE_MS = 2_000

/** kill -9 at random moments under posts and sends, each time a start on the same data; the verdict is a comparison of id sets. */
export async function run(options: Partial<Options> = sizeOf(process.env)): Promise<BenchResult[]> {
  const size = { ...FULL, ...options }
  const seed = Number(process.env['BENCH_SEED'] ?? Math.floor(Math.random() * 1e9))
  console.error(`crash: seed ${seed}`)
  const database = await startBenchDatabase()
  try {
    const { superUrl, appUrl } = await database.addProduct('crash')
    const sql = postgres(superUrl, { max: 1, onnotice: () => {} })
    // The number belongs to the portal that is installed for real below.
    await sql`truncate control.number_portal, control.member_portal, app.portal cascade`
    const env = { META_APP_SECRET: `${REAL_SECRET},${SECRET}`, LOG_LEVEL: 'warn' }
    const world = await createRealWorld(appUrl, env)
    try {
      return [{ bench: 'crash', seed, ...(await crash(world, sql, size, seed)) }]
    } finally {
      await world.close()
      await sql.end({ timeout: 5 })
    }
  } finally {
    await database.stop()
  }
}

const sizeOf = (env: NodeJS.ProcessEnv): Partial<Options> =>
  env['BENCH_POSTS'] ? { posts: Number(env['BENCH_POSTS']) } : {}

async function crash(world: RealWorld, sql: postgres.Sql, size: Options, seed: number) {
  const conversations = await openConversations(world, size.conversations)
  world.graph.control.latency(30)
  const sends = startTraffic(world, conversations, { clients: 0, sendEveryMs: size.sendEveryMs })
  const posts = { acked: new Array<string>() }
  const started = performance.now()
  const posting = postAll(world.port, size, posts.acked)
  const slowestStartMs = await killOften(world, size, seed, posts)
  await posting
  const seconds = Math.round((performance.now() - started) / 1000)
  await sends.stop()
  const verdict = await auditRealWorld(world, sql, { posts: posts.acked, intents: sends.acked.intents })
  const wrong = verdict.lost + verdict.doubled + verdict.sentTwice + verdict.intentsLost + verdict.unsettled
  const ok = wrong === 0 && verdict.posts === size.posts
  return { ok, kills: size.kills, seconds, slowestStartMs, ...verdict }
}

/** Kills when a random number of posts is through and a random moment has passed. Answers the longest time to ready. */
async function killOften(world: RealWorld, size: Options, seed: number, posts: { acked: string[] }) {
  const random = createSeeded(seed)
  const points = Array.from({ length: size.kills }, () => random.below(size.posts * 0.95)).sort(
    (a, b) => a - b,
  )
  let slowest = 0
  for (const point of points) {
    while (posts.acked.length < point) await sleep(5)
    await sleep(random.below(LONGEST_PAUSE_MS))
    await world.server().kill()
    const killedAt = performance.now()
    await world.restart()
    slowest = Math.max(slowest, Math.round(performance.now() - killedAt))
  }
  return slowest
}

/** Each client posts one after the other and repeats, as Meta does, what was not answered 200. */
async function postAll(port: number, { posts, clients }: Options, acked: string[]): Promise<void> {
  let made = 0
  let ready: Post[] = []
  const take = (): Post | undefined => {
    if (ready.length === 0 && made < posts) {
      ready = makePosts('crash', port, Math.min(CHUNK, posts - made), made).reverse()
      made += ready.length
    }
    return ready.pop()
  }
  const work = async () => {
    let client = new Connection(port)
    for (let post = take(); post; post = take()) {
      while ((await client.send(post.bytes)) !== 200) {
        client.close()
        await sleep(50)
        client = new Connection(port)
      }
      acked.push(post.id)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: clients }, work))
}
