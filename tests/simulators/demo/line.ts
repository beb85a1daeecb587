import { connect, createServer, type Socket } from 'node:net'

export type Line = { cut(ms: number): void; close(): void }

/** A plain TCP line from `port` to `target` that can be cut for a while, as a network can. */
export function openLine(port: number, target: number): Promise<Line> {
  const open = new Set<Socket>()
  let cutUntil = 0
  const server = createServer((near) => {
    if (Date.now() < cutUntil) return void near.destroy()
    const far = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  const drop = () => open.forEach((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () =>
      resolve({
        cut: (ms) => {
          cutUntil = Date.now() + ms
          drop()
        },
        close: () => {
          server.close()
          drop()
        },
      }),
    )
  })
}
