import { createServer } from 'node:net'

/** A free port of the loopback address for each name. */
export async function freePorts<Name extends string>(...names: Name[]): Promise<Record<Name, number>> {
  const probes = await Promise.all(names.map(async (name) => ({ name, ...(await listenAnywhere()) })))
  await Promise.all(probes.map(({ close }) => close()))
  return Object.fromEntries(probes.map(({ name, port }) => [name, port])) as Record<Name, number>
}

function listenAnywhere(): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      resolve({ port, close: () => new Promise((done) => probe.close(() => done())) })
    })
  })
}
