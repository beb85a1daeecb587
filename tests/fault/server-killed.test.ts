import { afterAll, beforeAll, expect, test } from 'vitest'
import postgres from 'postgres'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { auditRealWorld } from '../support/audit-real-world.ts'
import { startTraffic } from '../support/real-traffic.ts'
import { createRealWorld, openConversations, type RealWorld } from '../support/real-world.ts'

// WhatsApp takes 45 at once per person and then one in 6 s: enough people that nobody gets there.
// Power cuts, as far as the server can tell: kill -9 in the middle of everything, then a start on the same data.
const KILLS = 2

let database: TestDatabase
let world: RealWorld
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sql = postgres(database.superUrl, { max: 1, onnotice: () => {} })
  world = await createRealWorld(database.appUrl)
})
afterAll(async () => {
  await world.close()
  await sql.end({ timeout: 5 })
  await database.drop()
})

const queuedTexts = async (): Promise<string[]> => {
  const rows = await sql<{ text: string }[]>`
    select text from app.message where direction = 'out' and status = 'queued'`
  return rows.map(({ text }) => text)
}

test('killed while posts and sends run, it goes on with what it had: all there once, nothing sent twice', async () => {
  const conversations = await openConversations(world, 16)
  const traffic = startTraffic(world, conversations, { clients: 6, sendEveryMs: 60 })
  // So that a kill meets sends under way and others behind them.
  world.graph.control.latency(100)
  let slowest = 0
  let waiting = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const { posts, intents } = traffic.acked
    const [before, said] = [posts.length, intents.length]
    await expect.poll(() => posts.length - before, { timeout: 10_000 }).toBeGreaterThan(100)
    await expect.poll(() => intents.length - said, { timeout: 10_000 }).toBeGreaterThan(5)
    await expect.poll(async () => (await queuedTexts()).length, { interval: 5 }).toBeGreaterThan(1)
    await world.server().kill()
    const queued = await queuedTexts()
    waiting += queued.length
    await world.restart()
    const restarted = performance.now()
    const accepted = () => new Set(world.graph.sends.map(({ text }) => text))
    const left = () => queued.filter((text) => !accepted().has(text)).length
    await expect.poll(left, { timeout: 30_000, interval: 100 }).toBe(0)
    slowest = Math.max(slowest, performance.now() - restarted)
  }
  await traffic.stop()
  expect(waiting).toBeGreaterThan(0)
  expect(slowest).toBeLessThan(30_000)
  const verdict = await auditRealWorld(world, sql, traffic.acked)
  expect(verdict).toMatchObject({ lost: 0, doubled: 0, sentTwice: 0, intentsLost: 0, unsettled: 0 })
  expect(verdict.posts).toBeGreaterThan(KILLS * 100)
})
