import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startIngest, type Ingest } from '#server/delivery/start-ingest.ts'
import type { PortalId } from '#server/ids.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import { deliveryBody, inboundText } from '#tests/support/make.ts'

const phoneNumberId = '6610'
let world: InboundWorld
let portalId: PortalId
let ingest: Ingest
beforeEach(async () => {
  world = await createInboundWorld()
  portalId = (await world.connect(await world.addPortal(), phoneNumberId)).portalId
  ingest = startIngest(world.deps)
})
afterEach(async () => {
  await ingest.stop()
  await world.close()
})

const say = (text: string) =>
  world.post(deliveryBody([inboundText({ phoneNumberId, from: '16505551234', text })]))
const batches = () => world.lines.filter((line) => JSON.parse(line).event === 'ingest').length

test('a message that comes alone is shown at once, not at the next look', async () => {
  await say('warm')
  await ingest.idle()
  const started = performance.now()
  await say('alone')
  while ((await world.shown(portalId)).length < 2) await sleep(5)
  expect(performance.now() - started).toBeLessThan(500)
})

test('what comes while others are ingested travels together', async () => {
  const started = performance.now()
  for (let n = 0; n < 60; n++) {
    await say(`n=${n}`)
    await sleep(4)
  }
  const ms = performance.now() - started
  await ingest.idle()
  expect(await world.shown(portalId)).toHaveLength(60)
  // Forty a second at most; one that begins and one that ends are not whole.
  expect(batches()).toBeLessThanOrEqual(ms / 25 + 2)
})

test('who waits for the end of it waits for everything that was stored', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, n) => say(`n=${n}`)))
  await sleep(3)
  await Promise.all(Array.from({ length: 30 }, (_, n) => say(`late ${n}`)))
  await ingest.idle()
  expect(await world.shown(portalId)).toHaveLength(60)
})
