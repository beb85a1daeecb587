import { serve, type ServerType } from '@hono/node-server'

type Handler = (request: Request, env?: unknown) => Response | Promise<Response>

/** Serves one simulator on the loopback addresses, so that `localhost` and `127.0.0.1` both reach it. */
export async function serveSimulator(port: number, fetch: Handler): Promise<{ close(): void }> {
  const servers = [await listen(port, '127.0.0.1', fetch)]
  // A machine without IPv6 resolves localhost to the address above.
  const second = await listen(port, '::1', fetch).catch(() => undefined)
  if (second) servers.push(second)
  return {
    close: () => {
      for (const server of servers) {
        server.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
      }
    },
  }
}

function listen(port: number, hostname: string, fetch: Handler): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch, port, hostname }, () => resolve(server))
    server.once('error', reject)
  })
}
