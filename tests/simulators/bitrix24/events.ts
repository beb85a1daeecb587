import { encodeForm } from './encode-form.ts'

export interface EventDelivery {
  id: number
  at: number
  memberId: string
  event: string
  url: string
  body: string
  status: number | 'pending' | 'failed'
  latencyMs: number
  /** Slower than the second the portal's queue tolerates before it calls a handler less often. */
  slow: boolean
}

export interface EventSettings {
  delayMs?: number
  /** How many extra times each event is delivered. */
  duplicate?: boolean | number
  shuffle?: boolean
  paused?: boolean
}

export interface EventQueue {
  enqueue(memberId: string, event: string, url: string, data: Record<string, unknown>): void
  configure(settings: EventSettings): void
  settle(): Promise<void>
  deliveries: EventDelivery[]
  close(): void
}

/** The central event queue: asynchronous, urlencoded, one at a time, never repeated after an error. */
export function createEventQueue(
  deliver: (request: Request) => Promise<Response>,
  now: () => number,
): EventQueue {
  const settings: Required<EventSettings> = { delayMs: 0, duplicate: false, shuffle: false, paused: false }
  const deliveries: EventDelivery[] = []
  const waiting: EventDelivery[] = []
  const idle: (() => void)[] = []
  const random = seededRandom(7)
  let running = false
  let timer: NodeJS.Timeout | undefined
  const wakeIdle = (): void => idle.splice(0).forEach((resolve) => resolve())
  const pump = async (): Promise<void> => {
    if (running) return
    running = true
    while (waiting.length > 0 && !settings.paused) {
      const index = settings.shuffle ? Math.floor(random() * waiting.length) : 0
      const [next] = waiting.splice(index, 1)
      if (next) await send(deliver, next)
    }
    running = false
    wakeIdle()
  }
  const schedule = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void pump(), settings.delayMs)
  }
  return {
    deliveries,
    enqueue(memberId, event, url, data) {
      const copies = 1 + Number(settings.duplicate)
      const body = encodeForm({ event, ...data })
      for (let copy = 0; copy < copies; copy += 1) {
        const id = deliveries.length + 1
        const delivery: EventDelivery = {
          ...{ id, at: now(), memberId, event, url, body },
          ...{ status: 'pending', latencyMs: 0, slow: false },
        }
        deliveries.push(delivery)
        waiting.push(delivery)
      }
      if (!running) schedule()
    },
    configure(change) {
      Object.assign(settings, change)
      if (!settings.paused && waiting.length > 0) schedule()
    },
    async settle() {
      while (running || (waiting.length > 0 && !settings.paused)) {
        await new Promise<void>((resolve) => idle.push(resolve))
      }
    },
    close() {
      clearTimeout(timer)
      waiting.length = 0
      wakeIdle()
    },
  }
}

async function send(
  deliver: (request: Request) => Promise<Response>,
  delivery: EventDelivery,
): Promise<void> {
  const started = performance.now()
  try {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Bitrix24 Webhook Engine',
    }
    const response = await deliver(
      new Request(delivery.url, { method: 'POST', headers, body: delivery.body }),
    )
    await response.arrayBuffer()
    delivery.status = response.status
  } catch {
    delivery.status = 'failed'
  }
  delivery.latencyMs = Math.round(performance.now() - started)
  delivery.slow = delivery.latencyMs > 1000
}

function seededRandom(seed: number): () => number {
  let value = seed
  return () => {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
    return value / 2_147_483_648
  }
}
