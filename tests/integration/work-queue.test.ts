import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type Sql } from '#db/client.ts'
import { workQueue, type QueueWorker } from '#server/jobs/work-queue.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'

const QUEUE = 'whatsapp.send'
let world: InboundWorld
let superuser: { sql: Sql }
let worker: QueueWorker | undefined
beforeEach(async () => {
  world = await createInboundWorld()
  superuser = connect(world.database.superUrl, { max: 1 })
})
afterEach(async () => {
  await worker?.stop()
  await superuser.sql.end({ timeout: 5 })
  await world.close()
})

const add = (name: string, key = name) => world.boss.send(QUEUE, { name }, { singletonKey: key })
const states = async (): Promise<Record<string, string>> => {
  const rows = await superuser.sql<{ name: string; state: string }[]>`
    select data ->> 'name' as name, state from jobs.job where name = ${QUEUE} order by 1`
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}
const work = (slots: number, run: (name: string) => Promise<void>) =>
  (worker = workQueue(world.deps, world.boss, QUEUE, {
    slots,
    run: ({ data }) => run((data as { name: string }).name),
  }))

test('a job ends for itself: a slow one holds nobody back, and no more than the slots run at once', async () => {
  const slow = Promise.withResolvers<void>()
  let running = 0
  let most = 0
  for (const name of ['a slow', 'b', 'c', 'd']) await add(name)
  work(2, async (name) => {
    most = Math.max(most, ++running)
    await (name === 'a slow' ? slow.promise : Promise.resolve())
    running--
  })
  const others = { b: 'completed', c: 'completed', d: 'completed' }
  await expect.poll(states).toEqual({ 'a slow': 'active', ...others })
  slow.resolve()
  await expect.poll(states).toEqual({ 'a slow': 'completed', ...others })
  expect(most).toBe(2)
})

test('a job that throws comes back later, and those that ran beside it do not', async () => {
  await add('bad')
  await add('good')
  const ran: string[] = []
  work(2, async (name) => {
    ran.push(name)
    if (ran.filter((one) => one === 'bad').length === 1 && name === 'bad') throw new Error('no')
  })
  await expect.poll(states).toEqual({ bad: 'retry', good: 'completed' })
  await expect.poll(states).toEqual({ bad: 'completed', good: 'completed' })
  expect(ran.sort()).toEqual(['bad', 'bad', 'good'])
})

test('jobs of one key run one after the other, the next as soon as the former ended', async () => {
  for (const name of ['1', '2', '3']) await add(name, 'same')
  const ran: string[] = []
  let running = 0
  work(8, async (name) => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
    running--
    ran.push(name)
  })
  await expect.poll(() => ran, { timeout: 1_500 }).toEqual(['1', '2', '3'])
})

test('stopped, it lets what runs end, records it and takes nothing more', async () => {
  const gate = Promise.withResolvers<void>()
  await add('first')
  const stopping = work(1, () => gate.promise)
  await expect.poll(states).toEqual({ first: 'active' })
  const stopped = stopping.stop()
  await add('second')
  gate.resolve()
  await stopped
  expect(await states()).toEqual({ first: 'completed', second: 'created' })
})
