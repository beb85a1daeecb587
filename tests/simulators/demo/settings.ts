import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'

type Ports = { app: number; portal: number; graph: number; inner: number }
export type DemoSettings = {
  folder: string
  ports: Ports
  encryptionKey: string
  seeded: boolean
  save(): void
}

const DEFAULTS: Ports = { app: 4010, portal: 4020, graph: 4030, inner: 4011 }
const TRIES = 50

/** What the demo keeps between two starts: its ports (the next free ones when they are taken), its key, and whether it was seeded. */
export async function openSettings(dataDir: string): Promise<DemoSettings> {
  const folder = resolve(dataDir, 'demo')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'demo.json')
  const kept: Partial<DemoSettings> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const settings: DemoSettings = {
    folder,
    ports: await freePorts(kept.ports ?? DEFAULTS),
    encryptionKey: kept.encryptionKey ?? `demo:${randomBytes(32).toString('base64url')}`,
    seeded: kept.seeded ?? false,
    save: () => {
      const { ports, encryptionKey, seeded } = settings
      writeFileSync(file, JSON.stringify({ ports, encryptionKey, seeded }, null, 2), { mode: 0o600 })
    },
  }
  settings.save()
  return settings
}

async function freePorts(wanted: Ports): Promise<Ports> {
  const taken = new Set<number>()
  const next = async (from: number): Promise<number> => {
    for (let port = from; port < from + TRIES; port++) {
      if (taken.has(port) || !(await isFree(port))) continue
      taken.add(port)
      return port
    }
    throw new Error(`No free port from ${from} to ${from + TRIES}`)
  }
  return {
    app: await next(wanted.app),
    portal: await next(wanted.portal),
    graph: await next(wanted.graph),
    inner: await next(wanted.inner),
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
