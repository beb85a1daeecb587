import { signedRequest, toBytes } from './signed.ts'
import type { World } from './state.ts'
import { bodyOf, type WebhookEvent } from './webhook-event.ts'

const TIMEOUT_MS = 20_000
const SEVEN_DAYS_MS = 7 * 86_400_000
const WAITS_MS = [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000]

interface Delivery {
  url: string
  bytes: Uint8Array<ArrayBuffer>
  events: WebhookEvent[]
  attempts: number
  /** WhatsApp's time since the first attempt, ms. */
  ageMs: number
}

export interface AttemptHooks {
  urlOf(event: WebhookEvent): string
  /** After the first answer of any kind. */
  onTried(event: WebhookEvent): void
  /** After a 200, or when seven days are over. */
  onDone(event: WebhookEvent, acknowledged: boolean): void
}

/** Posts bodies and repeats them, the same bytes each time, until 200 or seven days of WhatsApp's time. */
export class Attempts {
  inFlight = 0
  last: { url: string; bytes: Uint8Array<ArrayBuffer> } | null = null
  readonly #world: World
  readonly #hooks: AttemptHooks
  readonly #retries = new Map<Delivery, NodeJS.Timeout>()
  readonly #waiters: (() => void)[] = []
  #stopped = false

  constructor(world: World, hooks: AttemptHooks) {
    this.#world = world
    this.#hooks = hooks
  }

  get toRepeat() {
    return this.#retries.size
  }

  /** Makes one body of these events and posts it. */
  async send(events: WebhookEvent[]): Promise<void> {
    const first = events[0]
    if (first === undefined) return
    const bytes = toBytes(bodyOf(events))
    await this.#attempt({ url: this.#hooks.urlOf(first), bytes, events, attempts: 0, ageMs: 0 })
  }

  /** Repeats at once what waits for its time. */
  retryNow() {
    for (const delivery of [...this.#retries.keys()]) this.#again(delivery)
  }

  /** Resolves with the next answer. */
  nextAnswer(): Promise<void> {
    return new Promise((resolve) => void this.#waiters.push(resolve))
  }

  stop() {
    this.#stopped = true
    for (const timer of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    this.#wake()
  }

  #wake() {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  async #attempt(delivery: Delivery) {
    this.inFlight += 1
    this.last = { url: delivery.url, bytes: delivery.bytes }
    const copies = this.#world.deliveries.duplicate ? 2 : 1
    const answers = await Promise.all(Array.from({ length: copies }, () => this.#post(delivery)))
    this.inFlight -= 1
    delivery.attempts += 1
    for (const event of delivery.events) this.#hooks.onTried(event)
    if (answers.every(Boolean)) this.#finish(delivery, true)
    else if (!this.#stopped) this.#later(delivery)
    this.#wake()
  }

  async #post(delivery: Delivery): Promise<boolean> {
    const { options } = this.#world
    const request = signedRequest(delivery.url, delivery.bytes, { secret: options.appSecret })
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT_MS, null)
    })
    try {
      const response = await Promise.race([(options.deliver ?? fetch)(request), timeout])
      await response?.body?.cancel()
      return response?.status === 200
    } catch {
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  #later(delivery: Delivery) {
    const wait = WAITS_MS[Math.min(delivery.attempts, WAITS_MS.length) - 1] ?? 1_000
    delivery.ageMs += wait
    if (delivery.ageMs > (this.#world.options.retry?.lifeMs ?? SEVEN_DAYS_MS)) this.#finish(delivery, false)
    else this.#arm(delivery, wait)
  }

  #arm(delivery: Delivery, wait: number) {
    const { scale, maxMs } = this.#world.options.retry ?? { scale: 1 / 720, maxMs: 5_000 }
    const timer = setTimeout(() => this.#again(delivery), Math.min(maxMs, wait * scale))
    timer.unref()
    this.#retries.set(delivery, timer)
  }

  #again(delivery: Delivery) {
    clearTimeout(this.#retries.get(delivery))
    if (this.#world.deliveries.paused) return this.#arm(delivery, 60_000)
    this.#retries.delete(delivery)
    void this.#attempt(delivery)
  }

  #finish(delivery: Delivery, acknowledged: boolean) {
    for (const event of delivery.events) this.#hooks.onDone(event, acknowledged)
  }
}
