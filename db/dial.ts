import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export type Target = { path: string } | { host: string; port: number }

/** How a connection is secured: what the server must offer, and whose certificate it must show. */
export type Secured = { required: boolean; verified: boolean }

// Docs: protocol-message-formats, SSLRequest; the server answers with one byte.
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const YES = 0x53

/** How `sslmode` of a database URL wants its connection secured, as libpq reads it; null for not at all. */
export function securedOf(url: string): Secured | null {
  const { searchParams } = new URL(url)
  const mode = searchParams.get('sslmode') ?? 'disable'
  const system = searchParams.get('sslrootcert') === 'system'
  if (mode === 'disable' && !system) return null
  return { required: !['allow', 'prefer'].includes(mode), verified: system || mode.startsWith('verify') }
}

/** Opens a connection to a PostgreSQL server, encrypted where wanted. Throws what the network says, or that there is no TLS. */
export async function dial(target: Target, secured: Secured | null): Promise<Socket> {
  const socket = connect({ ...target, noDelay: true })
  await once(socket, 'connect')
  if (!secured) return socket
  try {
    socket.write(TLS_REQUEST)
    const answer = await firstData(socket)
    // More than the one byte came from somebody in between.
    if (answer.length === 1 && answer[0] === YES) return await encrypt(socket, target, secured)
    if (answer.length === 1 && !secured.required) return socket
    throw new Error('the database does not offer TLS')
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function firstData(socket: Socket): Promise<Buffer> {
  const gone = new AbortController()
  const leave = () => gone.abort(new Error('the database closed the connection'))
  socket.once('close', leave)
  const [data] = (await once(socket, 'data', { signal: gone.signal })) as [Buffer]
  socket.off('close', leave)
  return data
}

async function encrypt(socket: Socket, target: Target, { verified }: Secured): Promise<Socket> {
  const name = 'host' in target && !isIP(target.host) ? { servername: target.host } : {}
  const encrypted = connectTls({ socket, rejectUnauthorized: verified, ...name })
  await once(encrypted, 'secureConnect')
  return encrypted
}
