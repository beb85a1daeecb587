import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const here = (file: string) => readFileSync(new URL(`tls/${file}`, import.meta.url))

/** What a server says when it is asked for TLS: yes, no, or yes with something of somebody else behind it. */
export type TlsAnswer = 'S' | 'N' | 'Sx'

/** A way to a PostgreSQL server that answers the question for TLS, with a certificate for `localhost` nobody signed. */
export async function openTlsProxy(url: string, answer: TlsAnswer) {
  const target = new URL(url)
  const open = new Set<Socket>()
  let encrypted = 0
  const server = createServer((client) => {
    open.add(client)
    client
      .on('error', () => {})
      .once('data', (asked: Buffer) => {
        const upstream = connect(Number(target.port), target.hostname).on('error', () => {})
        const wantsTls = asked.readInt32BE(4) === 80_877_103
        if (wantsTls) client.write(answer)
        else upstream.write(asked)
        if (wantsTls && answer === 'Sx') return
        const isEncrypted = wantsTls && answer === 'S'
        const secret = { key: here('key.pem'), cert: here('certificate.pem'), isServer: true }
        const plain = isEncrypted ? new TLSSocket(client, secret).on('error', () => {}) : client
        plain.once('secure', () => (encrypted += 1))
        plain.pipe(upstream)
        upstream.pipe(plain)
        upstream.once('close', () => client.destroy())
        client.once('close', () => upstream.destroy())
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    /** The same database through here, with an `sslmode`. */
    url: (sslmode: string, host = 'localhost') => {
      const through = new URL(url)
      through.hostname = host
      through.port = String((server.address() as AddressInfo).port)
      through.searchParams.set('sslmode', sslmode)
      return through.href
    },
    encrypted: () => encrypted,
    close: async () => {
      for (const client of open) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
