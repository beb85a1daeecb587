import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

const KEEP_ALIVE_MS = 60_000
// For a server that is not there any more to say goodbye too.
const GOODBYE_MS = 1000

/**
 * The driver's way to the database, in place of a bare socket. Cut off in the middle, postgres.js 3.4.9 writes to a socket
 * that is gone, which ends the process, or never writes again (porsager/postgres issues 1154, 1193, 1208); and a statement
 * that waited may find itself on the next connection, without its BEGIN. So a link that breaks is never said to be closed:
 * what was under way is refused, what is written later goes nowhere, and `lost` tells the owner to end this driver.
 */
export class Link extends EventEmitter {
  readonly #lost: () => void
  #socket: Socket | undefined
  #unsent: Uint8Array[] = []
  #state: 'alive' | 'ending' | 'gone' = 'alive'

  /** Takes over a socket that is being opened. */
  constructor(opening: Promise<Socket>, lost: () => void) {
    super()
    this.#lost = lost
    opening.then(
      (socket) => this.#use(socket),
      (error: unknown) => this.#break(error),
    )
  }

  // Never "closed": a driver that is told to end would take itself for ended then, and forget what waits in it.
  get readyState(): string {
    return this.#state === 'gone' ? 'closing' : (this.#socket?.readyState ?? 'opening')
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === 'gone') return true
    if (this.#socket) return this.#socket.write(bytes)
    this.#unsent.push(bytes)
    return true
  }

  /** Says goodbye; the one end after which the driver may open another link. */
  end(bytes: Uint8Array): void {
    this.#state = 'ending'
    const socket = this.#socket?.end(bytes)
    setTimeout(() => socket?.destroy(), GOODBYE_MS).unref()
  }

  destroy(): void {
    void this.#break()
    this.#socket?.destroy()
  }

  #use(socket: Socket): void {
    if (this.#state === 'gone') return void socket.destroy()
    let reason: Error | undefined
    this.#socket = socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('data', (data) => this.emit('data', data))
    socket.on('drain', () => this.emit('drain'))
    socket.on('error', (error) => (reason = error))
    socket.on('close', () => (this.#state === 'ending' ? void this.#leave() : void this.#break(reason)))
    for (const bytes of this.#unsent) socket.write(bytes)
    this.#unsent = []
  }

  // A turn later: what the driver was about to write is written by then, and it listens from the start.
  async #break(cause?: unknown): Promise<void> {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    await nextTurn()
    this.#lost()
    // The driver ends what waits in it only as long as something is under way: first it is told to end, then this.
    await Promise.resolve()
    if (this.listenerCount('error') > 0) this.emit('error', lostError(cause))
  }

  async #leave(): Promise<void> {
    this.#state = 'gone'
    await nextTurn()
    this.emit('close', false)
  }
}

function lostError(cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : 'closed by the other side'
  const code = 'CONNECTION_CLOSED'
  return Object.assign(new Error(`the connection to the database was lost: ${why}`, { cause }), { code })
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
