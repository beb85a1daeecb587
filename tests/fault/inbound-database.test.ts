import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { startIngest } from '#server/delivery/start-ingest.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import { deliveryBody, inboundText } from '#tests/support/make.ts'

let world: InboundWorld
beforeEach(async () => {
  world = await createInboundWorld()
})
afterEach(() => world.close())

const say = (phoneNumberId: string, text: string) =>
  deliveryBody([inboundText({ phoneNumberId, from: '16505551234', text })])

test('connections that are cut again and again cost no acknowledged message', async () => {
  const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), '6601')
  const ingest = startIngest(world.deps)
  const killer = connect(world.database.superUrl, { max: 1 })
  const acked: string[] = []
  const answers = new Set<number>()
  for (let round = 0; round < 10; round++) {
    const texts = Array.from({ length: 30 }, (_, n) => `${round}/${n}`)
    const posts = texts.map(async (text) => {
      const { status } = await world.post(say(phoneNumberId, text))
      answers.add(status)
      if (status === 200) acked.push(text)
    })
    await killer.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = 'wasync_app' and application_name = 'wasync'
        and query not ilike 'listen%'`
    await Promise.all(posts)
  }
  await killer.sql`update control.intake set claimed_until = null`
  await ingest.idle()
  await killer.sql`update control.intake set claimed_until = null`
  await ingest.idle()
  await ingest.stop()
  await killer.sql.end({ timeout: 5 })
  expect([...answers].filter((status) => status !== 200 && status !== 503)).toEqual([])
  const texts = (await world.shown(portalId)).map(({ text }) => text)
  expect(new Set(texts).size).toBe(texts.length)
  expect(acked.filter((text) => !texts.includes(text))).toEqual([])
})

test('two that ingest side by side show each message once', async () => {
  const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), '6602')
  const replicas = [startIngest(world.deps), startIngest(world.deps)]
  const bodies = Array.from({ length: 300 }, (_, n) => say(phoneNumberId, `n=${n % 150}`))
  await Promise.all(bodies.map((body) => world.post(body)))
  await Promise.all(replicas.map((ingest) => ingest.idle()))
  await Promise.all(replicas.map((ingest) => ingest.stop()))
  await world.drain()
  expect(await world.shown(portalId)).toHaveLength(300)
})
