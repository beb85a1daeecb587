import { connect, type Socket } from 'node:net'

const END_OF_HEAD = Buffer.from('\r\n\r\n')

/** One keep-alive connection that sends a prepared request and answers its status; 0 when the connection broke. */
export class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #answer: ((status: number) => void) | undefined

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (data) => this.#read(data))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#finish(0))
  }

  send(bytes: Buffer): Promise<number> {
    // A closed socket says nothing more, not even that it is closed.
    if (this.#socket.destroyed) return Promise.resolve(0)
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#socket.write(bytes)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, data]) : data
    const head = this.#received.indexOf(END_OF_HEAD)
    if (head < 0) return
    const text = this.#received.toString('latin1', 0, head)
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
    const isChunked = /transfer-encoding: chunked/i.test(text)
    const end = isChunked ? this.#received.indexOf('0\r\n\r\n', head) + 5 : head + 4 + length
    if (this.#received.length < end || (isChunked && end < 5)) return
    this.#received = this.#received.subarray(end)
    this.#finish(Number(text.slice(9, 12)))
  }

  #finish(status: number): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(status)
  }
}
