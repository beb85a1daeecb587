import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '#db/client.ts'
import { CRASH_STEPS, type CrashStep } from '#tests/support/crash-steps.ts'
import { createInboundWorld, type InboundWorld } from '#tests/support/inbound-world.ts'
import { deliveryBody, inboundText } from '#tests/support/make.ts'
import { signBody } from '#tests/support/signed.ts'

let world: InboundWorld
beforeAll(async () => {
  world = await createInboundWorld()
})
afterAll(() => world.close())

const SCRIPT = fileURLToPath(new URL('../support/crash-inbound.ts', import.meta.url))

const start = async (step: CrashStep) => {
  const child = spawn(process.execPath, [SCRIPT, step, world.database.appUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => resolve(/port=(\d+)/.exec(data.toString())?.[1] ?? ''))
    void ended.then(() => reject(new Error('The server did not start.')))
  })
  return { url: `http://127.0.0.1:${port}/webhooks/meta`, ended }
}

/** One post as Meta makes it; false for anything but 200. */
const post = async (url: string, body: string): Promise<boolean> => {
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signBody(world.secret, body) }
  const answer = await fetch(url, { method: 'POST', body, headers }).catch(() => undefined)
  return answer?.status === 200
}

// What a dead server had claimed is offered again when its lease ends; nobody wants to wait for that here.
const endLeases = async (): Promise<void> => {
  const owner = connect(world.database.superUrl, { max: 1 })
  await owner.sql`update control.intake set claimed_until = now() - interval '1 second'`
  await owner.sql.end({ timeout: 5 })
}

describe('kill -9 loses nothing and doubles nothing', () => {
  test.each(CRASH_STEPS.map((step, index) => ({ step, number: String(8_800 + index) })))(
    '$step',
    async ({ step, number }) => {
      const { portalId, phoneNumberId } = await world.connect(await world.addPortal(), number)
      const texts = Array.from({ length: 20 }, (_, n) => `message ${n}`)
      const bodies = texts.map((text) =>
        JSON.stringify(deliveryBody([inboundText({ phoneNumberId, from: '16505551234', text })])),
      )
      const doomed = await start(step)
      const acked = await Promise.all(bodies.map((body) => post(doomed.url, body)))
      expect(await doomed.ended).toBe('SIGKILL')
      await endLeases()
      // Another replica, which was there all the time, takes over.
      for (const body of bodies.filter((_, index) => !acked[index])) {
        expect((await world.postRaw(body, signBody(world.secret, body))).status).toBe(200)
      }
      await world.drain()
      const shown = await world.shown(portalId)
      expect(shown.map(({ text }) => text).sort()).toEqual([...texts].sort())
      expect(shown[0]?.unanswered).toBe(20)
      expect(new Set(shown.map(({ rev }) => rev)).size).toBe(20)
    },
  )
})
