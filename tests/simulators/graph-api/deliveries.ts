import { randomUUID } from 'node:crypto'
import { Attempts } from './attempts.ts'
import { Lanes } from './lanes.ts'
import type { World } from './state.ts'
import type { WebhookEvent } from './webhook-event.ts'

const MAX_PER_BODY = 1000
const GATHER_MS = 15

export interface DeliveryHooks {
  /** The event's time has come, delivered or not. */
  onDue(event: WebhookEvent): void
  onAcknowledged(event: WebhookEvent): void
}

/** A random order that differs from the given one. */
const shuffled = (events: WebhookEvent[]): WebhookEvent[] => {
  const rest = [...events]
  const out: WebhookEvent[] = []
  while (rest.length > 0) out.push(...rest.splice(Math.floor(Math.random() * rest.length), 1))
  return out.every((event, i) => event === events[i]) ? out.reverse() : out
}

/** Takes changes at their time and sends them as the controls say: in order, shuffled, batched, twice, or not yet. */
export class Deliveries {
  readonly #world: World
  readonly #hooks: DeliveryHooks
  readonly #attempts: Attempts
  readonly #lanes: Lanes
  readonly #held: WebhookEvent[] = []
  readonly #tried = new Map<string, () => void>()
  #gather: NodeJS.Timeout | undefined
  #stopped = false

  constructor(world: World, hooks: DeliveryHooks) {
    this.#world = world
    this.#hooks = hooks
    this.#attempts = new Attempts(world, {
      urlOf: (event) => this.#urlOf(event),
      onTried: (event) => this.#settleFirst(event),
      onDone: (event, acknowledged) => this.#done(event, acknowledged),
    })
    this.#lanes = new Lanes((event) => this.#attempts.send([event]))
  }

  /** Queues one change for its `dueAt`; resolves after the first answer, or when nobody is subscribed. */
  emit(event: Omit<WebhookEvent, 'id'>): Promise<void> {
    const full = { ...event, id: randomUUID() }
    return new Promise((resolve) => {
      this.#tried.set(full.id, resolve)
      this.#world.events.set(full.id, full)
      this.#world.time.schedule(full.dueAt, () => this.#due(full))
    })
  }

  /** Takes up what was restored from a file. */
  resume() {
    for (const event of this.#world.events.values()) {
      this.#world.time.schedule(event.dueAt, () => this.#due(event))
    }
  }

  /** Lets go of what was held back; call after the controls changed. */
  release() {
    clearTimeout(this.#gather)
    this.#gather = undefined
    const { paused, shuffle, batch } = this.#world.deliveries
    if (paused || this.#stopped) return
    const events = this.#held.splice(0)
    if (batch) return this.#sendBatches(shuffle ? shuffled(events) : events)
    if (!shuffle) for (const event of events) this.#lanes.add(event)
    else for (const event of shuffled(events)) this.#lanes.add({ ...event, lane: event.id })
  }

  /** Until everything due is answered with 200; repeats at once instead of waiting. */
  async settle(): Promise<void> {
    for (let round = 0; !this.#stopped; round += 1) {
      this.#world.time.runDue()
      this.release()
      if (this.#attempts.inFlight > 0) await this.#attempts.nextAnswer()
      else if (this.#world.deliveries.paused || this.pending() === 0) return
      else {
        await new Promise((resolve) => setTimeout(resolve, Math.min(round, 25)))
        this.#attempts.retryNow()
      }
    }
  }

  /** Due and not answered with 200 yet. */
  pending(): number {
    return this.#lanes.size + this.#held.length + this.#attempts.inFlight + this.#attempts.toRepeat
  }

  last() {
    return this.#attempts.last
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#gather)
    this.#lanes.clear()
    this.#held.length = 0
    this.#attempts.stop()
    for (const resolve of this.#tried.values()) resolve()
    this.#tried.clear()
  }

  #urlOf(event: WebhookEvent) {
    return (
      this.#world.numbers.get(event.phoneNumberId)?.overrideUrl ??
      this.#world.accounts.get(event.wabaId)?.overrideUrl ??
      this.#world.options.webhookUrl
    )
  }

  #due(event: WebhookEvent) {
    if (this.#stopped) return
    this.#hooks.onDue(event)
    if (this.#world.accounts.get(event.wabaId)?.subscribed !== true) return this.#done(event, false)
    const { paused, shuffle, batch } = this.#world.deliveries
    if (!paused && !shuffle && !batch) return this.#lanes.add(event)
    this.#held.push(event)
    if (!paused) this.#gather ??= setTimeout(() => this.release(), GATHER_MS)
  }

  #sendBatches(events: WebhookEvent[]) {
    for (const own of Map.groupBy(events, (event) => this.#urlOf(event)).values()) {
      for (let i = 0; i < own.length; i += MAX_PER_BODY) {
        void this.#attempts.send(own.slice(i, i + MAX_PER_BODY))
      }
    }
  }

  #done(event: WebhookEvent, acknowledged: boolean) {
    this.#world.events.delete(event.id)
    this.#settleFirst(event)
    if (acknowledged) this.#hooks.onAcknowledged(event)
    this.#world.changed()
  }

  #settleFirst(event: WebhookEvent) {
    this.#tried.get(event.id)?.()
    this.#tried.delete(event.id)
  }
}
