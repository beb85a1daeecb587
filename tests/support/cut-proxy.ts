import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

export type Cut = 'closed' | 'reset'

/** A way to a PostgreSQL server that can be cut; `refuseNext` closes so many new connections as soon as they say something. */
export type CutProxy = {
  url: string
  cut(how: Cut): void
  refuseNext(connections: number): void
  close(): Promise<void>
}

/** Opens one in front of the server of `url`. */
export async function openCutProxy(url: string): Promise<CutProxy> {
  const target = new URL(url)
  const clients = new Set<Socket>()
  let toRefuse = 0
  const server: Server = createServer((client) => {
    clients.add(client)
    client.on('error', () => {})
    client.once('close', () => clients.delete(client))
    if (toRefuse > 0) {
      toRefuse -= 1
      client.once('data', () => client.end())
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    upstream.on('error', () => {})
    upstream.once('close', () => client.destroy())
    client.once('close', () => upstream.destroy())
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  return {
    url: through.href,
    cut: (how) => {
      for (const client of clients) {
        if (how === 'closed') client.end()
        else client.resetAndDestroy()
      }
    },
    refuseNext: (connections) => void (toRefuse = connections),
    close: async () => {
      for (const client of clients) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
