import type { WebhookEvent } from './webhook-event.ts'

const MAX_LANES = 64

/** Events of one lane go one after the other, up to 64 lanes at a time. */
export class Lanes {
  readonly #send: (event: WebhookEvent) => Promise<void>
  readonly #queues = new Map<string, WebhookEvent[]>()
  readonly #waiting: string[] = []
  #running = 0
  /** Events that were not started yet. */
  size = 0

  constructor(send: (event: WebhookEvent) => Promise<void>) {
    this.#send = send
  }

  add(event: WebhookEvent) {
    this.size += 1
    const queue = this.#queues.get(event.lane)
    if (queue !== undefined) return void queue.push(event)
    this.#queues.set(event.lane, [event])
    this.#waiting.push(event.lane)
    this.#fill()
  }

  clear() {
    this.#queues.clear()
    this.#waiting.length = 0
    this.size = 0
  }

  #fill() {
    while (this.#running < MAX_LANES) {
      const lane = this.#waiting.shift()
      if (lane === undefined) return
      this.#running += 1
      void this.#run(lane)
    }
  }

  async #run(lane: string) {
    const queue = this.#queues.get(lane) ?? []
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      this.size -= 1
      await this.#send(event)
    }
    this.#queues.delete(lane)
    this.#running -= 1
    this.#fill()
  }
}
