import { connect, type Socket } from 'node:net'

const END_OF_HEAD = '\r\n\r\n'
const END_OF_CHUNKS = '\r\n0\r\n\r\n'

/** One keep-alive connection that sends a prepared request and answers its status; 0 when the connection broke. */
export class Connection {
  readonly #socket: Socket
  #head = ''
  // Bytes of the body that are still to come; its last few characters where it comes in chunks.
  #left = -1
  #tail: string | null = null
  #answer: ((status: number) => void) | undefined

  constructor(port: number) {
    // One buffer for all that is ever read: what the load generator throws away, the measured times pay for.
    const buffer = Buffer.alloc(65_536)
    const callback = (bytes: number) => {
      this.#read(buffer.subarray(0, bytes))
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } })
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
    if (this.#left < 0 && this.#tail === null) return this.#readHead(data)
    if (this.#tail === null) this.#left -= data.length
    else this.#tail = (this.#tail + data.toString('latin1')).slice(-END_OF_CHUNKS.length)
    this.#endIfWhole()
  }

  #readHead(data: Buffer): void {
    const text = this.#head + data.toString('latin1')
    const end = text.indexOf(END_OF_HEAD)
    this.#head = end < 0 ? text : text.slice(0, end)
    if (end < 0) return
    // The end of the head begins an empty body's last chunk.
    if (/transfer-encoding: chunked/i.test(this.#head))
      this.#tail = text.slice(end + 2).slice(-END_OF_CHUNKS.length)
    else {
      const length = Number(/content-length: (\d+)/i.exec(this.#head)?.[1] ?? 0)
      this.#left = length - (text.length - end - END_OF_HEAD.length)
    }
    this.#endIfWhole()
  }

  #endIfWhole(): void {
    if (this.#tail === null ? this.#left > 0 : this.#tail !== END_OF_CHUNKS) return
    const status = Number(this.#head.slice(9, 12))
    this.#head = ''
    this.#left = -1
    this.#tail = null
    this.#finish(status)
  }

  #finish(status: number): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(status)
  }
}
