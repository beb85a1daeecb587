import type { Clock } from '../ports/clock.ts'

type Entry<T> = { value: T; until: number }

/** Remembers answers for `lifeMs`, at most `size` of them, oldest forgotten first. */
export class AnswerCache<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #clock: Clock
  readonly #lifeMs: number
  readonly #size: number

  constructor(clock: Clock, lifeMs: number, size: number) {
    this.#clock = clock
    this.#lifeMs = lifeMs
    this.#size = size
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry && entry.until > this.#clock.now()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** `askedAt`: when the question was asked, in milliseconds; the life of an answer starts there. */
  set(key: string, value: T, askedAt: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: askedAt + this.#lifeMs })
    if (this.#entries.size <= this.#size) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }
}
