// The least a durable webhook can do: HMAC, parse, insert, answer after the commit. `shared`: concurrent posts share one
// multi-row insert; `single`: one insert per post.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import postgres from 'postgres'
import { addressOf } from '#db/address.ts'
import { SECRET } from './bodies.ts'

const [mode = 'shared', url = ''] = process.argv.slice(2)
const { url: address, ...socket } = addressOf(url)
const sql = postgres(address, { ...socket, max: 16, onnotice: () => {} })
const MAX_ROWS = 64
const MAX_IN_FLIGHT = 2

type Row = { wamid: string; payload: string; done(): void; failed(error: unknown): void }
const queue: Row[] = []
let inFlight = 0

const flush = () => {
  while (queue.length > 0 && inFlight < MAX_IN_FLIGHT) {
    const rows = queue.splice(0, MAX_ROWS)
    inFlight++
    const wamids = rows.map(({ wamid }) => wamid)
    const payloads = rows.map(({ payload }) => payload)
    void sql`
      insert into inbox (wamid, payload) select * from unnest(${wamids}::text[], ${payloads}::text[]::jsonb[])
      on conflict do nothing`
      .then(
        () => rows.forEach((row) => row.done()),
        (error: unknown) => rows.forEach((row) => row.failed(error)),
      )
      .finally(() => {
        inFlight--
        flush()
      })
  }
}

const store = async (wamid: string, payload: string): Promise<void> => {
  if (mode === 'single') {
    await sql`insert into inbox (wamid, payload) values (${wamid}, ${payload}::text::jsonb) on conflict do nothing`
    return
  }
  await new Promise<void>((done, failed) => {
    queue.push({ wamid, payload, done, failed })
    if (inFlight < MAX_IN_FLIGHT) queueMicrotask(flush)
  })
}

const app = new Hono()
app.post('/webhooks/meta', async (c) => {
  const raw = Buffer.from(await c.req.arrayBuffer())
  const wanted = createHmac('sha256', SECRET).update(raw).digest()
  const given = Buffer.from((c.req.header('x-hub-signature-256') ?? '').slice(7), 'hex')
  if (given.length !== 32 || !timingSafeEqual(wanted, given)) return c.body(null, 401)
  const text = raw.toString()
  const body = JSON.parse(text)
  await store(body.entry[0].changes[0].value.messages[0].id, text)
  return c.body(null, 200)
})
process.on('SIGTERM', () => process.exit(0))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.error(`port=${port}`))
