import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Changes } from './changes.ts'
import { ControlInput } from './control-input.ts'
import { findCustomer } from './customers.ts'
import { digitsOf, pairKey, type World } from './state.ts'
import type { CustomerState, GraphApi } from './types.ts'
import { DAY_MS, isWindowOpen } from './window.ts'

const SHOWN_MESSAGES = 300
const HEARTBEAT_MS = 15_000

type Verbs = Pick<
  GraphApi,
  'control' | 'customer' | 'repeatLast' | 'settle' | 'pending' | 'revokeToken' | 'acceptedBy'
>

const snapshot = (world: World, verbs: Verbs) => ({
  now: world.time.now(),
  accounts: [...world.accounts.values()],
  numbers: [...world.numbers.values()].map((number) => ({
    phoneNumberId: number.phoneNumberId,
    displayPhoneNumber: number.displayPhoneNumber,
    verifiedName: number.verifiedName,
    registered: number.registered,
    subscribed: world.accounts.get(number.wabaId)?.subscribed ?? false,
  })),
  customers: [...world.customers.values()],
  statuses: world.statuses,
  deliveries: world.deliveries,
  faults: world.faults,
  latencyMs: world.latencyMs,
  pendingWebhooks: verbs.pending(),
  sends: world.sends.length,
})

const find = (world: World, address: string): CustomerState | null =>
  findCustomer(world, address) ?? findCustomer(world, digitsOf(address))

const threadOf = (world: World, customer: CustomerState, number: string) => {
  const pair = pairKey(number, customer.key)
  const last = world.windows.get(pair)
  // What never arrived is not on the customer's phone.
  const shown = (world.threads.get(pair) ?? []).filter(
    (message) => message.from === 'customer' || message.status === 'delivered' || message.status === 'read',
  )
  const open = isWindowOpen(world, pair)
  return {
    messages: shown.slice(-SHOWN_MESSAGES),
    window: { open, closesAt: open && last !== undefined ? last + DAY_MS : null },
  }
}

const stream = (changes: Changes, signal: AbortSignal): Response => {
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const write = (text: string) => controller.enqueue(new TextEncoder().encode(text))
      write('retry: 1000\ndata: open\n\n')
      const unwatch = changes.watch(() => write('data: changed\n\n'))
      const beat = setInterval(() => write(': beat\n\n'), HEARTBEAT_MS).unref()
      stop = () => {
        unwatch()
        clearInterval(beat)
      }
      signal.addEventListener('abort', () => stop(), { once: true })
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}

/** POST with a checked JSON body; 400 says which field is wrong. */
const verb =
  <T>(schema: z.ZodType<T>, run: (input: T) => object | void | Promise<object | void>) =>
  async (c: Context) => {
    const parsed = schema.safeParse(await c.req.json().catch(() => ({})))
    if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400)
    try {
      return c.json({ ok: true, ...(await run(parsed.data)) })
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : String(error) }, 422)
    }
  }

const addVerbs = (app: Hono, verbs: Verbs, handle: (address: string) => ReturnType<GraphApi['customer']>) => {
  const { control } = verbs
  app.post(
    '/write',
    verb(ControlInput.write, ({ customer, ...input }) => handle(customer).write(input)),
  )
  app.post(
    '/read',
    verb(ControlInput.read, ({ customer, to }) => handle(customer).readAll(to)),
  )
  app.post(
    '/customers',
    verb(ControlInput.customer, (input) => ({ key: verbs.customer(input).key })),
  )
  app.post('/statuses', verb(ControlInput.statuses, control.statuses))
  app.post('/deliveries', verb(ControlInput.deliveries, control.deliveries))
  app.post('/fail-next', verb(ControlInput.failNext, control.failNext))
  app.post(
    '/close-window',
    verb(ControlInput.closeWindow, ({ number, customer }) => control.closeWindow(number, customer)),
  )
  app.post(
    '/latency',
    verb(ControlInput.milliseconds, ({ ms }) => control.latency(ms)),
  )
  app.post(
    '/advance',
    verb(ControlInput.milliseconds, ({ ms }) => control.advance(ms)),
  )
  app.post(
    '/revoke-token',
    verb(ControlInput.token, ({ token }) => verbs.revokeToken(token)),
  )
  app.post('/settle', verb(z.unknown(), verbs.settle))
  app.post(
    '/repeat-last',
    verb(z.unknown(), async () => ({ status: (await verbs.repeatLast())?.status ?? null })),
  )
}

/** `/_control/*`: the control API as JSON, the customer's thread, and a stream that says "read again". */
export const controlRoutes = (world: World, verbs: Verbs, changes: Changes): Hono => {
  const app = new Hono()
  const handle = (address: string) => {
    const known = find(world, address)
    if (known === null) throw new Error(`no customer ${address}`)
    return verbs.customer({
      ...(known.phone !== null && { phone: known.phone }),
      ...(known.waId !== null && { waId: known.waId }),
      ...(known.userId !== null && { userId: known.userId }),
      phoneHidden: known.phoneHidden,
    })
  }
  addVerbs(app, verbs, handle)
  app.get('/state', (c) => c.json(snapshot(world, verbs)))
  app.get('/sends', (c) => c.json({ sends: world.sends.slice(Number(c.req.query('from') ?? 0) || 0) }))
  app.get('/accepted/:callbackData', (c) => c.json({ count: verbs.acceptedBy(c.req.param('callbackData')) }))
  app.get('/thread', (c) => {
    const customer = find(world, c.req.query('customer') ?? '')
    if (customer === null) return c.json({ error: 'no such customer' }, 404)
    return c.json(threadOf(world, customer, c.req.query('number') ?? ''))
  })
  app.get('/events', (c) => stream(changes, c.req.raw.signal))
  app.notFound((c) => c.json({ error: 'no such control' }, 404))
  return app
}
